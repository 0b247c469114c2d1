using System.Collections.Immutable;

namespace Sidecar.Adapter.Verdicts;

/// What makes a group well: a probe, or so many of several parts. All of them, any of them and 2 of them differ only in the
/// number.
internal sealed record GroupExpression
{
    private const int Levels = 4;

    /// Null for one of parts.
    public string? Probe { get; private init; }

    public ImmutableArray<GroupExpression> Parts { get; private init; } = [];

    /// How many of the parts.
    public int Needed { get; private init; }

    /// One that is missed rather than needed: it can only degrade.
    public bool IsOptional { get; private init; }

    /// Every probe that is named, once.
    public IEnumerable<string> Probes => Probe is not null ? [Probe] : Parts.SelectMany(part => part.Probes).Distinct();

    /// The probes that can take the group down.
    public IEnumerable<string> Critical =>
        IsOptional ? [] : Probe is not null ? [Probe] : Parts.SelectMany(part => part.Critical).Distinct();

    /// It can only degrade, however many probes are down: mail?, mail? | web.
    public bool IsNeverDown => Level(_ => GroupLevel.Down) >= GroupLevel.Degraded;

    public static GroupExpression Of(string probe) => new() { Probe = probe };

    public static GroupExpression All(ImmutableArray<GroupExpression> parts) => AtLeast(parts.Length, parts);

    public static GroupExpression AtLeast(int needed, ImmutableArray<GroupExpression> parts) =>
        parts.Length == 1 && needed == 1 ? parts[0] : new GroupExpression { Parts = parts, Needed = needed };

    public GroupExpression Optional() => this with { IsOptional = true };

    public GroupLevel Level(Func<string, GroupLevel> levelOf)
    {
        var level = Probe is not null ? levelOf(Probe) : LevelOfParts(levelOf);
        return IsOptional && level < GroupLevel.Degraded ? GroupLevel.Degraded : level;
    }

    public override string ToString() => Probe is null && Needed == Parts.Length && !IsOptional ? string.Join(", ", Parts.Select(part => part.Nested())) : Nested();

    // The level that so many of the parts reach.
    private GroupLevel LevelOfParts(Func<string, GroupLevel> levelOf)
    {
        Span<int> counts = stackalloc int[Levels];
        foreach (var part in Parts)
            counts[(int)part.Level(levelOf)]++;
        var level = Levels - 1;
        for (var reached = counts[level]; reached < Needed && level > 0; reached += counts[level])
            level--;
        return (GroupLevel)level;
    }

    private string Nested()
    {
        var parts = Parts.Select(part => part.Nested());
        var text = Probe is not null ? Probe
            : Needed == Parts.Length ? $"({string.Join(" & ", parts)})"
            : Needed == 1 ? $"({string.Join(" | ", parts)})"
            : $"{Needed} of ({string.Join(", ", parts)})";
        return IsOptional ? text + "?" : text;
    }
}
