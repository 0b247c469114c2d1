using Sidecar.Adapter.Probes.Content;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Http;

/// What an HTTP answer has to look like: its status, its content, and what the app itself says in a dialect we know.
internal sealed record HttpExpectation(NumberRanges Status, ContentRules Content, Dialect? Dialect)
{
    public bool NeedsBody => Dialect is not null || !Content.IsEmpty;

    /// A redirect that the user lists by itself (302, 300-399) is the answer; within a wide band (200-399) it is followed.
    public bool TakesRedirect(int status) => Status.Names(status, least: 300, most: 399);

    public ProbeResult Judge(int status, string at, ReadOnlySpan<byte> body, bool isCut)
    {
        // The app's own words say more than its status: which part is down.
        var said = Dialect?.Judge(body, isCut);
        var seen = said is null ? $"status {status}{at}" : $"status {status}{at}, {said.Reason}";
        if (!Status.Contains(status))
            return ProbeResult.Failed($"{seen}, expected {Status}");

        if (Dialect is not null && said is null)
            return ProbeResult.Failed($"{seen}, but the body is not {Dialect}");

        if (said is { HasPassed: false })
            return ProbeResult.Failed(seen);

        if (Content.Trouble(body, isCut, "the body") is { } trouble)
            return ProbeResult.Failed($"status {status}{at}, but {trouble}");

        return said is { Answer: Answer.Warn } ? ProbeResult.Warned(seen) : ProbeResult.Passed(seen);
    }

    /// The answer of a sidecar that is ready but for a verdict that withdraws it. It may be ours: a miss would keep it down for ever.
    public ProbeResult JudgeWithdrawn(string at, ReadOnlySpan<byte> body)
    {
        var seen = $"ready{at}, but for a verdict that withdraws it";
        return Dialect == Dialect.Sidecar && Dialect.Troubles(body) is { Length: > 0 } troubles
            ? ProbeResult.Warned($"{seen} ({string.Join("; ", troubles)})")
            : ProbeResult.Passed(seen);
    }

    public override string ToString()
    {
        var text = $"status {Status}";
        if (Dialect is not null)
            text += $", {Dialect}";
        return Content.IsEmpty ? text : $"{text}, body {Content}";
    }
}
