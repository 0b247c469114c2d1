using System.Globalization;
using StackExchange.Redis;

namespace LegacyApp;

/// Talks to Redis on localhost as if it never moved: one old client, no Sentinel, no retries of its own.
internal sealed class RedisCalls : IDisposable
{
    private readonly CallJournal _journal;
    private readonly WaitHandle _stopping;
    private readonly ConnectionMultiplexer _connection;
    private int _number;

    public RedisCalls(string address, CallJournal journal, WaitHandle stopping)
    {
        _journal = journal;
        _stopping = stopping;
        _connection = ConnectionMultiplexer.Connect($"{address},abortConnect=false,syncTimeout=5000,connectTimeout=2000");
    }

    public void Run()
    {
        var database = _connection.GetDatabase();
        while (!_stopping.WaitOne(20))
        {
            var number = Interlocked.Increment(ref _number);
            var key = string.Create(CultureInfo.InvariantCulture, $"order:{number % 500}");
            _journal.Record("redis set", () => database.StringSet(key, number));
            _journal.Record("redis get", () => database.StringGet(key));
            _journal.Record("redis incr", () => database.StringIncrement("orders"));
        }
    }

    public void Dispose() => _connection.Dispose();
}
