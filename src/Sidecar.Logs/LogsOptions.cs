using Sidecar.Logs.Discovery;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs;

/// What the pipeline is made of, once the settings are read.
internal sealed record LogsOptions(IReadOnlyList<LogSource> Sources, IReadOnlyList<string> OwnPaths, string StateFolder, string Hostname)
{
    /// By the name of the source; the default where there is none.
    public IReadOnlyDictionary<string, ShapingOptions> Shaping { get; init; } = new Dictionary<string, ShapingOptions>(StringComparer.Ordinal);

    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan PartialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan MultilineTimeout { get; init; } = TimeSpan.FromMilliseconds(500);
}
