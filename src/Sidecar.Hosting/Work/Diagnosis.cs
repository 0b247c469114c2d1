namespace Sidecar.Hosting.Work;

/// <summary>How well the agent is at one moment, and all that is wrong then, the worst first.</summary>
internal sealed record Diagnosis(Wellness State, IReadOnlyList<Problem> Problems);
