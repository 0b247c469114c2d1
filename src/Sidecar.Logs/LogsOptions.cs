using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs;

/// What the pipeline is made of, once the settings are read.
internal sealed record LogsOptions(IReadOnlyList<LogSource> Sources, IReadOnlyList<string> OwnPaths, string StateFolder, string Hostname)
{
    /// By the name of the source; the default where there is none.
    public IReadOnlyDictionary<string, ShapingOptions> Shaping { get; init; } = new Dictionary<string, ShapingOptions>(StringComparer.Ordinal);

    public OutOfRange OutOfRange { get; init; }

    public string DeadLetterFolder { get; init; } = Path.Combine(StateFolder, "dead-letter");

    public long DeadLetterLimit { get; init; } = 64 << 20;

    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan RetryCeiling { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// How many bytes deleted files may hold on their volume.
    public long HoldLimit { get; init; } = 256 * 1024 * 1024;

    public TimeSpan PartialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan MultilineTimeout { get; init; } = TimeSpan.FromMilliseconds(500);
}
