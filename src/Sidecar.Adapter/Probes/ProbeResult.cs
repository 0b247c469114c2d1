using System.Collections.Immutable;

namespace Sidecar.Adapter.Probes;

/// The answer to one question, why, and what asking cost. The reason is for strangers too: it names what was seen and
/// what was expected, never a secret.
internal sealed record ProbeResult(Answer Answer, string Reason)
{
    public TimeSpan Cost { get; init; }

    /// Numbers that came with the answer.
    public ImmutableArray<Measure> Measures { get; init; } = [];

    /// What only the status page says, because it may hold anything: a command's output.
    public string? Detail { get; init; }

    /// The trace that the question began; null when it could carry none, or did not get so far.
    public string? TraceId { get; init; }

    public bool HasPassed => Answer is Answer.Pass or Answer.Warn;

    /// The answer as metrics and pages say it.
    public string Outcome => Answer switch
    {
        Answer.Pass => "pass",
        Answer.Warn => "warn",
        Answer.Fail => "fail",
        Answer.TimedOut => "timeout",
        _ => "unknown",
    };

    public static ProbeResult Passed(string reason) => new(Answer.Pass, reason);

    public static ProbeResult Warned(string reason) => new(Answer.Warn, reason);

    public static ProbeResult Failed(string reason) => new(Answer.Fail, reason);

    public static ProbeResult Unknown(string reason) => new(Answer.Unknown, reason);

    /// The time-out struck while the probe was doing this: "connecting", "waiting for the headers".
    public static ProbeResult TimedOut(string doing) => new(Answer.TimedOut, $"timed out {doing}");
}
