namespace LogsTorture;

/// What is done to the log, to the agent and to the service while lines are written.
internal sealed record Scenario(string Name, string What)
{
    /// A rename after a random pause of at least and at most this; null for none.
    public (TimeSpan Least, TimeSpan Most)? Rename { get; init; }

    public (TimeSpan Least, TimeSpan Most)? CopyTruncate { get; init; }

    /// What a rename left is compressed right after it.
    public bool Compresses { get; init; }

    public bool HasLongAndOddLines { get; init; }

    public int Kills { get; init; }

    public int Restarts { get; init; }

    /// The log group, and later its stream, are deleted.
    public bool Vanishes { get; init; }

    /// Half of the time the service throttles and resets connections before it stored anything.
    public bool IsRefused { get; init; }

    /// Four times the service stores a batch and the answer is lost: each may come twice, since the service does not deduplicate.
    public int LostAnswers { get; init; }

    /// The agent is told to stop first; the application goes on writing for a while, with pauses.
    public bool StopsSlowly { get; init; }

    /// How many batches may come twice.
    public int RepeatsAllowed => Kills + LostAnswers;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("rename-fast", "a rename every 100 ms") { Rename = Every(0.1, 0.1) },
        new("rename", "a rename every 100 ms to 4 s") { Rename = Every(0.1, 4) },
        new("copytruncate", "copied and truncated every 1 to 4 s") { CopyTruncate = Every(1, 4) },
        new("gzip", "renamed every 1 to 4 s and compressed at once, while the service is away for half of the time")
        {
            Rename = Every(1, 4), Compresses = true, IsRefused = true,
        },
        new("kill", "four kill -9, renames") { Rename = Every(0.1, 4), Kills = 4 },
        new("restart", "four SIGTERM and starts, renames") { Rename = Every(0.1, 4), Restarts = 4 },
        new("kill-copytruncate", "four kill -9, copied and truncated every 1 to 4 s") { CopyTruncate = Every(1, 4), Kills = 4 },
        new("vanish", "the stream vanishes, then the group, renames") { Rename = Every(0.1, 4), Vanishes = true },
        new("refused", "half of the time throttled and reset, renames") { Rename = Every(0.1, 4), IsRefused = true },
        new("lost-answers", "four answers are lost after storing, renames") { Rename = Every(0.1, 4), LostAnswers = 4 },
        new("long-odd", "lines up to 2.5 MB, bytes that are no UTF-8, NUL, empty lines, CR LF; renames")
        {
            Rename = Every(0.1, 4), HasLongAndOddLines = true,
        },
        new("slow-stop", "SIGTERM while the application writes on, with pauses, for 8 s") { Rename = Every(0.1, 4), StopsSlowly = true },
    ];

    private static (TimeSpan Least, TimeSpan Most) Every(double least, double most) => (TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most));
}
