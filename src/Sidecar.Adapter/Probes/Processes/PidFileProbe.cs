using System.Buffers.Text;
using Sidecar.Adapter.Probes.Files;
using Sidecar.Hosting.ProcFs;

namespace Sidecar.Adapter.Probes.Processes;

/// Passes when the process that a pid file names runs, is the one that was meant, and is well. A pid that another process was
/// given since is recognised: it was started after the file was written.
internal sealed class PidFileProbe(string path, ProcessExpectation expected, ProcessTable processes, ProcessDetails details, TimeProvider time) : IProbe
{
    private const int MaxBytes = 64;

    // The clocks of file systems and of the kernel tick in steps of up to a second.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private readonly ProcessFitness _fitness = new(expected, details, time);

    public Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        try
        {
            return Task.FromResult(Look());
        }
        catch (FileNotFoundException)
        {
            return Task.FromResult(ProbeResult.Failed("there is no pid file"));
        }
        catch (UnauthorizedAccessException)
        {
            return Task.FromResult(ProbeResult.Unknown("permission denied for the pid file: run as a user who may read it (runAsUser, fsGroup)"));
        }
        catch (IOException trouble)
        {
            return Task.FromResult(ProbeResult.Unknown($"the pid file can't be read (I/O error {trouble.HResult})"));
        }
    }

    private ProbeResult Look()
    {
        using var handle = RegularFile.Open(path);
        if (handle is null)
            return ProbeResult.Failed("the pid file is a folder, a pipe or a device");

        Span<byte> bytes = stackalloc byte[MaxBytes];
        var text = bytes[..RandomAccess.Read(handle, bytes, 0)].Trim(" \t\r\n"u8);
        if (!Utf8Parser.TryParse(text, out int pid, out var used) || used != text.Length || pid < 1)
            return ProbeResult.Failed("the pid file holds no pid");

        if (processes.ReadStat(pid, out var stat) != ProcRead.Done)
            return processes.Find(_ => false).Blindness is { } blindness ? ProbeResult.Unknown(blindness) : ProbeResult.Failed($"pid {pid} does not run");

        if (stat.HasEnded)
            return ProbeResult.Failed($"pid {pid} has ended and is not reaped by its parent (a zombie)");

        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(handle), TimeSpan.Zero);
        if (details.Age(stat.Identity) is { } age && time.GetUtcNow() - age > written + Slack)
            return ProbeResult.Failed($"pid {pid} was given to another process since the pid file was written");

        return expected.Match(stat, processes, details) switch
        {
            ProcessMatch.No => ProbeResult.Failed($"pid {pid} is another program ({stat.Comm})"),
            ProcessMatch.Hidden => ProcessExpectation.Unreadable(pid),
            _ => _fitness.Trouble(stat) ?? ProbeResult.Passed($"running (pid {pid})"),
        };
    }
}
