using Sidecar.Adapter.Probes.Content;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Files;

/// What has to hold of a file.
internal sealed record FileExpectation
{
    public bool IsAbsent { get; init; }

    public TimeSpan? MaxAge { get; init; }

    public TimeSpan MaxSkew { get; init; } = TimeSpan.FromSeconds(60);

    public long MinSize { get; init; }

    public long MaxSize { get; init; } = long.MaxValue;

    public ContentRules Content { get; init; } = ContentRules.None;

    public override string ToString()
    {
        if (IsAbsent)
            return "absent";

        List<string> parts = [MaxAge is { } age ? $"written within {ValueForms.Show(age)}" : "present"];
        if (MinSize > 0)
            parts.Add($"at least {MinSize} bytes");
        if (MaxSize < long.MaxValue)
            parts.Add($"at most {MaxSize} bytes");
        if (!Content.IsEmpty)
            parts.Add($"{Content}");
        return string.Join(", ", parts);
    }
}
