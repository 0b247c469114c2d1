using System.Globalization;

namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>
/// Tells the primary of a PostgreSQL cluster from its replicas. Of two that take writes the one with the higher timeline is right: each
/// promotion begins a new one, so an old primary that comes back without having heard of its successor is told from it.
/// </summary>
internal sealed class PostgresCheck(Upstream upstream, PostgresLogin login, bool isForPrimary, TimeProvider time)
{
    private const string Role = "SELECT pg_is_in_recovery()";
    private const string Timeline = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";

    private readonly Lock _lock = new();
    private readonly Dictionary<Endpoint, int> _primaries = [];

    public async Task<CheckResult> AskAsync(Wire wire, Endpoint endpoint, CancellationToken cancellation)
    {
        var conversation = new PostgresConversation(wire, login);
        var fault = await conversation.LogInAsync(endpoint.Origin.Host, time, cancellation);
        if (fault != null) return CheckResult.Failed(fault);

        var (inRecovery, why) = await conversation.QueryAsync(Role, cancellation);
        var isPrimary = inRecovery == "f";
        var timeline = isPrimary && isForPrimary ? await TimelineAsync(conversation, cancellation) : 0;
        await conversation.SayGoodbyeAsync(cancellation);
        if (inRecovery == null) return CheckResult.Failed(why!);
        if (isPrimary != isForPrimary)
        {
            lock (_lock) _primaries.Remove(endpoint);
            return CheckResult.Unfit(isPrimary ? "is the PostgreSQL primary" : "is a PostgreSQL replica");
        }

        return isForPrimary ? Compare(endpoint, timeline) : CheckResult.Passed;
    }

    // Not every server that speaks the protocol has these functions; then the timelines are not compared.
    private static async Task<int> TimelineAsync(PostgresConversation conversation, CancellationToken cancellation)
    {
        var (value, _) = await conversation.QueryAsync(Timeline, cancellation);
        return int.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var timeline) ? timeline : 0;
    }

    private CheckResult Compare(Endpoint endpoint, int timeline)
    {
        List<KeyValuePair<Endpoint, int>> others;
        lock (_lock)
        {
            _primaries[endpoint] = timeline;
            var members = upstream.Endpoints.All;
            foreach (var gone in _primaries.Keys.Where(known => !members.Contains(known)).ToList()) _primaries.Remove(gone);
            others = timeline == 0 ? [] : [.. _primaries.Where(other => other.Key != endpoint && other.Value != 0)];
        }

        // Also against one that can't be asked any more: what was written there is not on the old one.
        foreach (var (other, its) in others)
        {
            if (its > timeline) return CheckResult.Unfit($"is an old PostgreSQL primary: {other} was promoted after it");
            if (its < timeline) upstream.Checked(other, CheckResult.Unfit($"is an old PostgreSQL primary: {endpoint} was promoted after it"));
        }

        return CheckResult.Passed;
    }
}
