using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Redis.Asking;
using Sidecar.Ambassador.Redis.Insight;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Resp;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Redis.Sentinel;

/// Knows who is master: asks all Sentinels, listens to all of them, and asks again when the connection to the master is in trouble.
/// The newest configuration wins; an old master that comes back is never believed against it.
internal sealed partial class SentinelWatch(
    RedisRoute route, Action<ServerAddress> found, Action<bool> handover, Action<string?> trouble, FlightRecorder flight, Loops loops, TimeProvider time, ILogger logger)
    : IUpstreamLocator
{
    private static readonly TimeSpan CalmInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TroubledInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan TroubleLasts = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SubscriptionRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PromotionLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PromotionHolds = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly HashSet<HostPort> _sentinels = [.. route.Hosts];
    private readonly HashSet<HostPort> _subscribed = [];
    private readonly KeptConversations _conversations = new(route.SentinelAccess);
    private HostPort? _master;
    private HostPort? _promoting;
    private long _epoch = -1;
    private long _troubledAt;
    private long? _promotedAt;
    private HostPort? _announcer;
    private volatile bool _isDown;
    private bool _isTroubled;

    private string MasterName => route.MasterName!;

    /// The connection to the master is in trouble: look now, and often, for a while.
    public void Suspect(string reason)
    {
        lock (_lock)
        {
            _isTroubled = true;
            _troubledAt = time.GetTimestamp();
        }
        if (_asked.CurrentCount == 0)
            _asked.Release();
    }

    public async Task TurnAsync(CancellationToken stopping)
    {
        HostPort[] all;
        lock (_lock)
            all = [.. _sentinels];
        foreach (var sentinel in all)
            ListenTo(sentinel, stopping);

        var answers = await Task.WhenAll(all.Select(sentinel =>
            _conversations.AskAsync<SentinelAnswer>(sentinel, (conversation, limit) => AskAsync(sentinel, conversation, limit), stopping)));
        var heard = answers.Select(one => one.Answer).OfType<SentinelAnswer>().ToList();
        trouble(heard.Count > 0 ? null : $"none of {all.Length} Sentinels tells where '{MasterName}' is: {Complaints(answers)}");
        if (heard.Count > 0)
            AcceptOlderIfUnanimous(heard, all.Length);
        Learn(heard);

        bool isTroubled;
        lock (_lock)
            isTroubled = _isTroubled = _isTroubled && time.GetElapsedTime(_troubledAt) < TroubleLasts;
        await _asked.WaitAsync(isTroubled || heard.Count == 0 ? TroubledInterval : CalmInterval, stopping);
    }

    public void Dispose()
    {
        _asked.Dispose();
        _conversations.Dispose();
    }

    private async Task<(SentinelAnswer? Answer, string? Complaint)> AskAsync(HostPort sentinel, ServerConversation conversation, CancellationToken limit)
    {
        // First the number of the configuration, then the address: a change in between can only make the address newer than the
        // number. The address that SENTINEL MASTER tells is the old one for a second after the number is the new one.
        var master = await conversation.CallAsync(limit, "SENTINEL", "MASTER", MasterName);
        if (master.IsError)
            return (null, master.Text);
        var address = await conversation.CallAsync(limit, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MasterName);
        var others = await conversation.CallAsync(limit, "SENTINEL", "SENTINELS", MasterName);
        if (Read(sentinel, master, address, others) is not { } answer)
            return (null, "it does not know the master");
        Consider(answer);
        return (answer, null);
    }

    private static string Complaints(IEnumerable<(SentinelAnswer? Answer, string? Complaint)> answers) =>
        string.Join("; ", answers.Select(one => one.Complaint).Distinct());

    private static SentinelAnswer? Read(HostPort sentinel, RespValue master, RespValue addressed, RespValue others)
    {
        if (addressed.Items is not [{ Text: { } ip }, { Text: { } port }] || !TryReadAddress(ip, port, out var address))
            return null;
        long epoch = long.TryParse(Field(master, "config-epoch"), NumberStyles.None, CultureInfo.InvariantCulture, out long read) ? read : 0;
        var known = new List<HostPort>();
        foreach (var other in others.Items)
        {
            if (TryReadAddress(Field(other, "ip"), Field(other, "port"), out var found))
                known.Add(found);
        }
        return new SentinelAnswer(sentinel, address, epoch, known);
    }

    private static bool TryReadAddress(string? ip, string? portText, out HostPort address)
    {
        bool isAddress = int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && ip is { Length: > 0 };
        address = isAddress ? new HostPort(ip!, port) : default;
        return isAddress;
    }

    private static string? Field(RespValue fields, string name)
    {
        for (int i = 0; i + 1 < fields.Items.Count; i += 2)
        {
            if (fields.Items[i].Text == name)
                return fields.Items[i + 1].Text;
        }
        return null;
    }

    // A Sentinel that was away keeps saying what it knew: only a newer configuration counts.
    private void Consider(SentinelAnswer answer)
    {
        lock (_lock)
        {
            if (answer.Epoch <= _epoch)
                return;
            _epoch = answer.Epoch;
            if (_master == answer.Master)
                return;
            _master = answer.Master;
            _promoting = null;
        }
        Log.MasterIs(logger, route.Name, MasterName, answer.Master, answer.Epoch);
        flight.Note($"the Sentinels say that the master is {answer.Master} (configuration {answer.Epoch})");
        Found(answer.Master);
    }

    // After SENTINEL RESET or a new set-up configurations count from the start again: then all of them have to say the same.
    private void AcceptOlderIfUnanimous(List<SentinelAnswer> heard, int asked)
    {
        lock (_lock)
        {
            bool isPromotionFresh = _promotedAt is { } promoted && time.GetElapsedTime(promoted) < PromotionHolds;
            bool isUnanimous = heard.Count * 2 > asked && heard.TrueForAll(answer => answer.Master == heard[0].Master);
            if (isPromotionFresh || !isUnanimous || heard[0].Master == _master)
                return;
            _epoch = heard.Min(answer => answer.Epoch) - 1;
        }
        Consider(heard[0]);
    }

    private void Learn(List<SentinelAnswer> heard)
    {
        lock (_lock)
        {
            foreach (var answer in heard)
                _sentinels.UnionWith(answer.Others);
        }
    }

    private void Found(HostPort master)
    {
        if (IPAddress.TryParse(master.Host, out var address))
            found(new ServerAddress(new IPEndPoint(address, master.Port), master.Host));
        else
            _ = loops.RunScopedAsync($"resolve {route.Name}", cancellation => ResolveAsync(master, cancellation), CancellationToken.None);
    }

    private async Task ResolveAsync(HostPort master, CancellationToken cancellation)
    {
        var addresses = (await route.Resolve(master, cancellation)).Found;
        if (addresses.Count > 0)
            found(new ServerAddress(addresses[0].Address, master.Host));
    }

    // Subscribed to all: the early events come only from the Sentinel that leads the failover.
    private void ListenTo(HostPort sentinel, CancellationToken stopping)
    {
        lock (_lock)
        {
            if (!_subscribed.Add(sentinel))
                return;
        }
        _ = loops.RunScopedAsync($"sentinel events {route.Name}", cancellation => ListenAsync(sentinel, cancellation), stopping);
    }

    private async Task ListenAsync(HostPort sentinel, CancellationToken stopping)
    {
        try
        {
            using var connection = await ServerConversation.ConnectAsync(sentinel, route.SentinelAccess, stopping);
            await connection.CallAsync(stopping, "PSUBSCRIBE", "*");
            while (!stopping.IsCancellationRequested)
            {
                if (SentinelEvent.Read(await connection.ReadAsync(stopping), MasterName) is { } happened)
                    Happened(sentinel, happened, stopping);
            }
        }
        finally
        {
            if (!stopping.IsCancellationRequested)
                await Task.Delay(SubscriptionRetry, time, stopping);
            lock (_lock)
                _subscribed.Remove(sentinel);
        }
    }

    private void Happened(HostPort sentinel, SentinelEvent happened, CancellationToken stopping)
    {
        Log.Happened(logger, route.Name, happened.Name);
        flight.Note($"the Sentinel {sentinel} says {happened.Name} {happened.Instance}");
        switch (happened.Name)
        {
            case "+odown" or "-odown":
                _isDown = happened.Name[0] == '+';
                break;
            // Of a master that is down nobody needs to be kept, and whether there is a leader to replace it is not known yet.
            case "+try-failover" or "+failover-state-select-slave" when !_isDown:
                Announce(sentinel);
                break;
            case "+selected-slave" or "+failover-state-send-slaveof-noone" when happened.Instance is { } replica:
                Announce(sentinel);
                AwaitPromotion(replica, stopping);
                break;
            case "+switch-master":
                (_isDown, _announcer) = (false, null);
                break;
            default:
                if (happened.Name.StartsWith("-failover-abort", StringComparison.Ordinal))
                    CallOff(sentinel);
                break;
        }
        if (happened.Name is "+switch-master" or "+promoted-slave" or "+odown" or "+try-failover" or "+config-update-from")
            Suspect(happened.Name);
    }

    private void Announce(HostPort leader)
    {
        lock (_lock)
            _announcer = leader;
        handover(true);
    }

    // Others may have tried as well; that they gave up says nothing of who leads.
    private void CallOff(HostPort sentinel)
    {
        lock (_lock)
        {
            if (_announcer is not null && _announcer != sentinel)
                return;
            (_announcer, _promoting) = (null, null);
        }
        handover(false);
    }

    // The elected leader has chosen this replica: once it says that it is master, it is, 0.8 s before Sentinel tells.
    private void AwaitPromotion(HostPort replica, CancellationToken stopping)
    {
        lock (_lock)
        {
            if (_promoting == replica || _master == replica)
                return;
            _promoting = replica;
        }
        _ = loops.RunScopedAsync($"promotion {route.Name}", cancellation => WatchPromotionAsync(replica, cancellation), stopping);
    }

    private bool IsPromoting(HostPort replica)
    {
        lock (_lock)
            return _promoting == replica;
    }

    private async Task WatchPromotionAsync(HostPort replica, CancellationToken stopping)
    {
        long started = time.GetTimestamp();
        using var promotion = new Promotion(replica, route.Access, time);
        bool isMaster = await promotion.WaitAsync(() => IsPromoting(replica) && time.GetElapsedTime(started) < PromotionLimit, stopping);
        lock (_lock)
        {
            if (_promoting != replica)
                return;
            _promoting = null;
            if (!isMaster)
                return;
            _promotedAt = time.GetTimestamp();
            _master = replica;
        }
        Log.Promoted(logger, route.Name, replica);
        flight.Note($"{replica} was chosen and says that it is master");
        Found(replica);
    }

    private static partial class Log
    {
        [LoggerMessage(2511, LogLevel.Information, "Route '{Route}': the Sentinels say that '{Master}' is {Address} (configuration {Epoch}).")]
        public static partial void MasterIs(ILogger logger, string route, string master, HostPort address, long epoch);

        [LoggerMessage(2512, LogLevel.Information, "Route '{Route}': {Address} was chosen by the Sentinels and says that it is master now.")]
        public static partial void Promoted(ILogger logger, string route, HostPort address);

        [LoggerMessage(2513, LogLevel.Debug, "Route '{Route}': a Sentinel published {Event}.")]
        public static partial void Happened(ILogger logger, string route, string @event);
    }
}
