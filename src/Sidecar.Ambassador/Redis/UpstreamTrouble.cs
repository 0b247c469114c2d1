using Microsoft.Extensions.Logging;

namespace Sidecar.Ambassador.Redis;

/// What is wrong with a route's upstream. Each reason is logged once until all is well again, however often it is met.
internal sealed partial class UpstreamTrouble(string route, Action<string?> changed, ILogger logger)
{
    // Reasons hold what servers say, which may be something new each time.
    private const int MostSaid = 8;

    private readonly HashSet<string> _said = [];
    private string? _connection;
    private string? _whereabouts;
    private string? _told;

    /// Why there is no shared connection; null when it stands.
    public void OfConnection(ServerAddress? upstream, string? reason)
    {
        _connection = reason;
        if (Tell() && upstream is not null)
            Log.Lost(logger, route, upstream, reason!);
    }

    /// Why nobody tells where the upstream is; null when somebody does.
    public void OfWhereabouts(ServerAddress? known, string? reason)
    {
        _whereabouts = reason;
        if (!Tell() || _connection is not null)
            return;
        if (known is null)
            Log.NotFound(logger, route, reason!);
        else
            Log.NotWatched(logger, route, reason!, known);
    }

    // True when the trouble is one to log.
    private bool Tell()
    {
        string? reason = _connection ?? _whereabouts;
        if (reason == _told)
            return false;
        _told = reason;
        changed(reason);
        if (reason is null)
            _said.Clear();
        return reason is not null && _said.Count < MostSaid && _said.Add(reason);
    }

    private static partial class Log
    {
        [LoggerMessage(2502, LogLevel.Warning, "Route '{Route}': no connection to {Upstream} ({Reason}); trying again, commands wait meanwhile.")]
        public static partial void Lost(ILogger logger, string route, ServerAddress upstream, string reason);

        [LoggerMessage(2506, LogLevel.Warning, "Route '{Route}': the upstream can't be found ({Reason}); trying again, commands wait meanwhile.")]
        public static partial void NotFound(ILogger logger, string route, string reason);

        [LoggerMessage(2507, LogLevel.Warning, "Route '{Route}': {Reason}; {Upstream} is used meanwhile, and a move away from it would not be noticed.")]
        public static partial void NotWatched(ILogger logger, string route, string reason, ServerAddress upstream);
    }
}
