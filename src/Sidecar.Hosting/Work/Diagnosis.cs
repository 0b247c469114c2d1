namespace Sidecar.Hosting.Work;

/// <summary>How well the agent is at one moment, and all that is wrong then, the worst first.</summary>
internal sealed record Diagnosis(Wellness State, IReadOnlyList<Problem> Problems)
{
    /// <summary>Who is in that state, where it is not the agent itself.</summary>
    public string? Subject => State != Wellness.Draining && Problems is [var worst, ..] ? worst.Subject : null;
}
