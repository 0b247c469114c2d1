using System.Collections.Immutable;
using System.IO.Pipes;
using System.Text;
using Sidecar.Adapter.Probes.Content;

namespace Sidecar.Adapter.Probes.Commands;

/// Passes when a command says so by its exit code. It runs without a shell in a process group of its own, and everything that
/// it started is killed when it ends or its time is up, and at the agent's own end: commands that hang must not pile up.
internal sealed class ExecProbe(ImmutableArray<string> words, ExitMeaning exit, ContentRules content, Children children) : IProbe, IAsyncDisposable
{
    public const int MaxOutputBytes = 4096;

    private const int NoSuchFile = 2;
    private const int NoProgram = 8;
    private const int PermissionDenied = 13;
    private const int MaxRounds = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _ending = new();
    private Task _question = Task.CompletedTask;

    public Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        var question = RunAsync(timeout);
        _question = question;
        return question;
    }

    /// Ends the command that runs.
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _question.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<ProbeResult> RunAsync(CancellationToken timeout)
    {
        if (_ending.IsCancellationRequested)
            return ProbeResult.Unknown("the agent ends");

        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var (child, error) = children.Start(words, (int)pipe.ClientSafePipeHandle.DangerousGetHandle());
        pipe.DisposeLocalCopyOfClientHandle();
        if (child is null)
        {
            return ProbeResult.Unknown(error switch
            {
                NoSuchFile => "the command does not exist",
                NoProgram => "the command is no program (a script needs its #! line)",
                PermissionDenied => "the command may not be executed",
                _ => $"the command can't be started (errno {error})",
            });
        }

        var steps = ProbeSteps.Seen;
        steps?.Add($"running as pid {child.Pid}");
        var output = new byte[MaxOutputBytes];
        using var over = new CancellationTokenSource();
        var reading = ReadAsync(pipe, output, over.Token);
        var hasEnded = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout, _ending.Token);
        try
        {
            await child.Ended.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            hasEnded = false;
        }

        steps?.Add(hasEnded ? "the command has ended: ending what it left behind" : "the time is up: ending the command and all it started");
        // Forks outrun a look at all processes, so it is taken until nothing is left.
        for (var round = 0; !children.KillAll(child) && round < MaxRounds; round++)
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);

        var status = children.Release(child);
        // All who could write are dead; what they wrote is in the pipe, and one that escaped may hold it open.
        over.CancelAfter(Pause * 10);
        var text = Encoding.UTF8.GetString(output, 0, await reading);
        return hasEnded && status is { } value
            ? Judge(value, text) with { Detail = text.Length == 0 ? null : text }
            : ProbeResult.TimedOut("waiting for the command, which was killed with all it started") with { Detail = text.Length == 0 ? null : text };
    }

    private ProbeResult Judge(int status, string text)
    {
        var signal = status & 0x7f;
        if (signal != 0)
            return ProbeResult.Failed($"the command was ended by signal {signal}");

        var code = (status >> 8) & 0xff;
        var result = exit == ExitMeaning.Nagios ? Plugin(code, PluginOutput.Read(text))
            : code == 0 ? ProbeResult.Passed("exit code 0")
            : ProbeResult.Failed($"exit code {code}");
        return result.HasPassed && content.Trouble(Encoding.UTF8.GetBytes(text), isCut: false, "the output") is { } trouble
            ? ProbeResult.Failed($"exit code {code}, but {trouble}")
            : result;
    }

    private static ProbeResult Plugin(int code, PluginOutput said)
    {
        var reason = said.Text.Length > 0 ? said.Text : $"exit code {code}";
        var answer = code switch
        {
            0 => Answer.Pass,
            1 => Answer.Warn,
            2 => Answer.Fail,
            _ => Answer.Unknown,
        };
        return new ProbeResult(answer, reason) { Measures = said.Measures };
    }

    // Keeps the first part, and reads on so that the command never waits for us. Returns how much was kept.
    private static async Task<int> ReadAsync(AnonymousPipeServerStream pipe, byte[] output, CancellationToken over)
    {
        var kept = 0;
        var rest = new byte[1024];
        try
        {
            while (true)
            {
                var read = await pipe.ReadAsync(kept < output.Length ? output.AsMemory(kept) : rest, over);
                if (read == 0)
                    return kept;

                kept = Math.Min(output.Length, kept + read);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            return kept;
        }
    }
}
