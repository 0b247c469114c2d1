using System.Globalization;
using System.Net.Sockets;
using Sidecar.Testing.Redis;

namespace RedisFailover;

/// One client without any wits of its own: sets another key about each millisecond, waits for the answer, and remembers what was
/// acknowledged. A failed call is counted and not made again; a lost connection is made anew.
internal sealed class Writer(int port)
{
    private const int KeysAtOnce = 500;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly List<int> _acknowledged = [];
    private readonly SortedDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private RedisWire? _wire;

    public int Acknowledged => _acknowledged.Count;

    public int Failed => _failures.Values.Sum();

    /// What was said or seen when calls failed.
    public string Failures => string.Join(", ", _failures.Select(one => $"{one.Value} x {one.Key}"));

    public TimeSpan LongestCall { get; private set; }

    /// The longest time between two acknowledgements.
    public TimeSpan LongestGap { get; private set; }

    /// Whether each of some new connections leads to a master.
    public static async Task<bool> LeadsToMasterAsync(int port)
    {
        try
        {
            for (int i = 0; i < 10; i++)
            {
                await using var wire = await RedisWire.ConnectAsync(port);
                if (!(await wire.CallAsync("ROLE")).StartsWith("master", StringComparison.Ordinal))
                    return false;
                await Task.Delay(Pause, TimeProvider.System);
            }
            return true;
        }
        catch (Exception notYet) when (notYet is SocketException or IOException)
        {
            return false;
        }
    }

    public async Task WriteAsync(TimeSpan during)
    {
        long started = _clock.GetTimestamp();
        long acknowledged = started;
        // The clock behind .NET's timers moves in steps of 4 ms; a wait for what never comes ends on time.
        using var pace = new ManualResetEvent(initialState: false);
        for (int number = 0; _clock.GetElapsedTime(started) < during; number++)
        {
            pace.WaitOne(Pace);
            long asked = _clock.GetTimestamp();
            bool isDone = await CallAsync(number);
            var took = _clock.GetElapsedTime(asked);
            LongestCall = took > LongestCall ? took : LongestCall;
            if (!isDone)
                continue;
            var gap = _clock.GetElapsedTime(acknowledged);
            LongestGap = gap > LongestGap ? gap : LongestGap;
            acknowledged = _clock.GetTimestamp();
            _acknowledged.Add(number);
        }
        await LeaveAsync();
    }

    /// How many of the acknowledged writes this server does not have.
    public async Task<int> CountLostAsync(RedisServer server)
    {
        await using var wire = await RedisWire.ConnectAsync(server.Port);
        int lost = 0;
        foreach (int[] some in _acknowledged.Chunk(KeysAtOnce))
        {
            string[] values = (await wire.CallAsync(["MGET", .. some.Select(Key)])).Split('|');
            lost += some.Where((number, i) => values[i] != Text(number)).Count();
        }
        return lost;
    }

    private async Task<bool> CallAsync(int number)
    {
        try
        {
            _wire ??= await RedisWire.ConnectAsync(port);
            string reply = await _wire.CallAsync("SET", Key(number), Text(number)).WaitAsync(Patience, _clock);
            if (reply == "OK")
                return true;
            Count(reply);
        }
        catch (Exception lost) when (lost is SocketException or IOException or TimeoutException)
        {
            Count(lost is TimeoutException ? "no answer in time" : "the connection was lost or refused");
            await LeaveAsync();
            await Task.Delay(Pause, _clock);
        }
        return false;
    }

    private async Task LeaveAsync()
    {
        if (_wire is { } wire)
            await wire.DisposeAsync();
        _wire = null;
    }

    private void Count(string failure) => _failures[failure] = _failures.GetValueOrDefault(failure) + 1;

    private static string Key(int number) => $"w:{Text(number)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
