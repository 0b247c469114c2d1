using System.Globalization;

namespace LegacyApp;

/// Works off jobs, and touches a file after each. A job that waits for a lock that nobody gives back hangs it.
internal sealed class Worker(string heartbeat, string hangWhileExists, WaitHandle stopping)
{
    private static readonly TimeSpan JobLength = TimeSpan.FromMilliseconds(100);

    public void Run()
    {
        var jobs = 0;
        do
        {
            while (File.Exists(hangWhileExists) && !stopping.WaitOne(JobLength))
            {
            }

            File.WriteAllText(heartbeat, (++jobs).ToString(CultureInfo.InvariantCulture));
        }
        while (!stopping.WaitOne(JobLength));
    }
}
