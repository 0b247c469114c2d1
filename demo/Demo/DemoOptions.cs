namespace Demo;

/// What the command line asks for.
internal sealed record DemoOptions(string Folder, bool Keep, IReadOnlySet<string> Acts)
{
    public const string Usage = "demo --folder <empty directory> [--keep] [--acts rotate,throttle,backend,redis,hang]";

    /// Each act needs one sidecar; played alone, it starts only that one.
    private static readonly Dictionary<string, string> SidecarOf = new(StringComparer.Ordinal)
    {
        ["rotate"] = "logs", ["throttle"] = "logs", ["backend"] = "ambassador", ["redis"] = "ambassador", ["hang"] = "adapter",
    };

    public IReadOnlySet<string> Sidecars { get; } = Acts.Select(act => SidecarOf[act]).ToHashSet();

    public static DemoOptions? Parse(string[] arguments)
    {
        string? folder = null;
        var keep = false;
        string[] acts = [.. SidecarOf.Keys];
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--keep":
                    keep = true;
                    break;
                case "--folder" when value is not null:
                    folder = Path.GetFullPath(value);
                    i++;
                    break;
                case "--acts" when value is not null:
                    acts = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                    i++;
                    break;
                default:
                    return null;
            }
        }

        return folder is null || acts.Except(SidecarOf.Keys).Any() ? null : new DemoOptions(folder, keep, acts.ToHashSet());
    }
}
