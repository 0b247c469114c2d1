namespace Sidecar.Logs.Tests.Model;

/// What was lost, repeated, changed or out of order in a run, and what the agent said meanwhile.
internal sealed record Outcome(IReadOnlyList<string> Violations, IReadOnlyList<string> Log)
{
    private const int Shown = 8;

    public bool Holds => Violations.Count == 0;

    public override string ToString() =>
        $"{Violations.Count} violations, the first:\n{string.Join('\n', Violations.Take(Shown))}";
}
