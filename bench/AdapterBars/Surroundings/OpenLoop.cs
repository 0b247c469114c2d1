using System.Runtime.InteropServices;

namespace AdapterBars.Surroundings;

/// Asks at a steady rate whatever the answers do, over many open connections in turn. An answer's time counts from the moment it
/// should have been asked for, so that one that is slow can't hide the next.
internal sealed partial class OpenLoop(int port, string path, int connections, int perSecond)
{
    private const int Threads = 32;
    private const int Favoured = -20;

    private readonly byte[] _request = System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");

    /// The times of all answers in milliseconds, sorted, and whether the asking threads could be put before all others.
    public (double[] Milliseconds, bool IsFavoured) Run(TimeSpan during)
    {
        var kept = Enumerable.Range(0, connections).Select(_ => new KeptConnection(port)).ToArray();
        var times = new double[(int)(during.TotalSeconds * perSecond)];
        var (next, refused, wrong) = (-1, 0, 0);
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp() + (clock.TimestampFrequency / 2);
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            // What is measured is the adapter among busy processes, not these threads among them.
            if (SetPriority(0, 0, Favoured) != 0)
                Interlocked.Increment(ref refused);
            for (int turn; (turn = Interlocked.Increment(ref next)) < times.Length;)
            {
                var due = start + (clock.TimestampFrequency * turn / perSecond);
                while (clock.GetElapsedTime(clock.GetTimestamp(), due) is var left && left > TimeSpan.Zero)
#pragma warning disable RS0030 // A thread of its own, which nothing but its turn may wake.
                    Thread.Sleep(left);
#pragma warning restore RS0030
                if (kept[turn % connections].Ask(_request) is not (200 or 500))
                    Interlocked.Increment(ref wrong);
                times[turn] = clock.GetElapsedTime(due).TotalMilliseconds;
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Array.ForEach(kept, connection => connection.Dispose());
        if (wrong > 0)
            throw new InvalidOperationException($"{wrong} answers were neither 200 nor 503.");

        Array.Sort(times);
        return (times, refused == 0);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int thread, int priority);
}
