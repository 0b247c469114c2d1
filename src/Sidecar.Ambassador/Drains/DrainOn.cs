using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Drains;

/// <summary>
/// Withdraws the ambassador while another's verdict is no. It takes a verdict that was yes before: an app that starts, and needs us
/// for it, is not ready either. And it takes the verdict itself: one that can't be had, because its sidecar is gone, closes no door.
/// </summary>
internal sealed partial class DrainOn(DrainOnOptions options, AgentState state, Loops loops, TimeProvider time, ILogger<DrainOn> logger) : IHostedService, IDisposable
{
    private readonly VerdictQuestion _question = new(options.Url, options.Timeout, time);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Trouble _silence = state.Degraded(
        "verdict", "See whether sidecar-adapter runs, and whether AMBASSADOR_DRAIN_ON names its port and one of its groups.");
    private Task _asking = Task.CompletedTask;
    private volatile string _last = "not asked yet";
    private bool _wasWell;
    private int _noes;
    private int _yeses;
    private int _silences;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        state.Section("drain_on", Status);
        state.Finds(Problems);
        _asking = loops.RunAsync("drain on", TurnAsync, (options.Interval + options.Timeout) * 2 + TimeSpan.FromSeconds(10), _stopping.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _asking;
    }

    public void Dispose()
    {
        _question.Dispose();
        _stopping.Dispose();
    }

    private async Task TurnAsync(CancellationToken cancellation)
    {
        var (ruling, words) = await _question.AskAsync(cancellation);
        _last = words;
        switch (ruling)
        {
            case Ruling.Leave: HearNo(words); break;
            case Ruling.Stay: HearYes(words); break;
            default: HearNothing(words); break;
        }

        await Task.Delay(options.Interval, time, cancellation);
    }

    private void HearNo(string words)
    {
        (_yeses, _silences) = (0, 0);
        _silence.End();
        if (++_noes < options.Fall || !_wasWell) return;
        if (!state.Withdrawal.Begin($"{options.Url} {words}")) return;
        state.HasChanged();
        Log.Drained(logger, options.Url, words);
    }

    private void HearYes(string words)
    {
        (_noes, _silences) = (0, 0);
        _silence.End();
        if (++_yeses < options.Rise) return;
        _wasWell = true;
        Return(words);
    }

    private void HearNothing(string words)
    {
        if (++_silences < options.Silences) return;
        (_noes, _yeses) = (0, 0);
        if (_silence.Begin($"{options.Url} {words}: there is no verdict, so nothing is drained")) Log.NoVerdict(logger, options.Url, words);
        Return(words);
    }

    private void Return(string words)
    {
        var since = state.Withdrawal.Since;
        if (!state.Withdrawal.End()) return;
        state.HasChanged();
        Log.Back(logger, options.Url, words, (time.GetUtcNow() - since!.Value).TotalSeconds);
    }

    private IEnumerable<Problem> Problems()
    {
        if (state.Withdrawal is { Reason: { } reason, Since: var since, Name: var name })
            yield return new Problem(Wellness.Draining, name, reason, since, "All is served meanwhile. Look at the status page of whoever gives the verdict: it says what is wrong with the app.");
    }

    private JsonObject Status() => new()
    {
        ["url"] = $"{options.Url}",
        ["drained"] = state.Withdrawal.IsOn,
        ["reason"] = state.Withdrawal.Reason,
        ["since"] = state.Withdrawal.Since?.ToString("O"),
        ["last_answer"] = _last,
    };

    private static partial class Log
    {
        [LoggerMessage(2601, LogLevel.Warning, "Drained: {Url} {Words}. Not ready, and HTTP connections are told to close; all is served until the verdict is 200 again.")]
        public static partial void Drained(ILogger logger, Uri url, string words);

        [LoggerMessage(2602, LogLevel.Information, "Back, after {Seconds:0.0} s: {Url} {Words}. Ready, and connections may stay.")]
        public static partial void Back(ILogger logger, Uri url, string words, double seconds);

        [LoggerMessage(2603, LogLevel.Warning, "{Url} {Words}: there is no verdict, so nothing is drained; we go on asking.")]
        public static partial void NoVerdict(ILogger logger, Uri url, string words);
    }
}
