namespace Demo;

/// What the command line asks for.
internal sealed record DemoOptions(string Folder, bool Keep, IReadOnlySet<string> Acts)
{
    public const string Usage = "demo --folder <empty directory> [--keep] [--acts rotate,throttle,backend,redis,hang]";

    private static readonly string[] AllActs = ["rotate", "throttle", "backend", "redis", "hang"];

    public static DemoOptions? Parse(string[] arguments)
    {
        string? folder = null;
        var keep = false;
        string[] acts = AllActs;
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

        return folder is null || acts.Except(AllActs).Any() ? null : new DemoOptions(folder, keep, acts.ToHashSet());
    }
}
