namespace Sidecar.Logs.Discovery;

/// A named set of files that are treated alike.
internal sealed class LogSource
{
    public required string Name { get; init; }

    public required IReadOnlyList<Glob> Paths { get; init; }

    public IReadOnlyList<Glob> Exclude { get; init; } = [];

    public LogStart Start { get; init; }

    /// The log group; empty where the destination knows none.
    public string Group { get; init; } = "";

    /// What becomes the stream's name once {hostname}, {file} and the like are filled in.
    public required StreamTemplate Stream { get; init; }

    /// Which lines are one event.
    public Multiline Lines { get; init; } = Multiline.Off;

    /// What the bytes of its files mean as characters.
    public TextEncoding Encoding { get; init; }
}
