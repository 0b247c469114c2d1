using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.Testing.Redis;

/// A server that speaks a little Redis and does on demand what real ones do only now and then: cuts a connection in the middle of a
/// reply, answers late or not at all, and says what does not fit its place. What it executed is told in order.
public sealed class RedisStandIn : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, ServerProcess.FreePort());
    private readonly ConcurrentDictionary<string, string> _data = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _executed = new();
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly ConcurrentDictionary<Socket, bool> _subscribers = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _connections;
    private volatile bool _isSilent;
    private TaskCompletionSource _speaks = new();

    public RedisStandIn()
    {
        _listener.Start(512);
        _speaks.SetResult();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// How many connections it has taken since it began.
    public int Connections => Volatile.Read(ref _connections);

    /// The commands that it executed, words joined by blanks; not those that it answered with Instead.
    public IReadOnlyCollection<string> Executed => _executed;

    /// What ROLE says.
    public string Role { get; set; } = "master";

    /// The raw reply to a command, which is then not executed; null executes it.
    public Func<string[], string?> Instead { get; set; } = static _ => null;

    /// How long it thinks before each reply.
    public TimeSpan Delay { get; set; }

    /// The connection is reset when so many bytes of the reply to such a command are out; it was executed. Once.
    public (string Command, int Bytes)? Cut { get; set; }

    public string? this[string key] => _data.GetValueOrDefault(key);

    /// Takes connections and bytes, and answers nothing, as if the network had lost it.
    public void BeSilent()
    {
        _speaks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _isSilent = true;
    }

    public void Speak()
    {
        _isSilent = false;
        _speaks.TrySetResult();
    }

    /// A message for all who subscribed with PSUBSCRIBE; returns how many there were.
    public async Task<int> PublishAsync(string channel, string message)
    {
        byte[] bytes = RedisWire.Frame("pmessage", "*", channel, message);
        foreach (var subscriber in _subscribers.Keys)
            await subscriber.SendAsync(bytes, _stopping.Token);
        return _subscribers.Count;
    }

    /// Silence for those that are connected now, for ever; who connects from now on is answered.
    public void ForgetConnections()
    {
        foreach (var socket in _open.Keys)
            _open[socket] = false;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        _speaks.TrySetResult();
        foreach (var socket in _open.Keys)
            socket.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                _open[socket] = true;
                served.Add(ServeAsync(socket));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException || _stopping.IsCancellationRequested)
        {
            // A listener that is stopped between two accepts says that it was never started.
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            await using var stream = new BufferedStream(new NetworkStream(socket), 16 * 1024);
            while (await ReadAsync(stream) is { } words)
                await AnswerAsync(socket, words);
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side left, or we stop.
        }
        finally
        {
            _open.TryRemove(socket, out _);
            _subscribers.TryRemove(socket, out _);
            socket.Dispose();
        }
    }

    private async Task AnswerAsync(Socket socket, string[] words)
    {
        await _speaks.Task;
        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, TimeProvider.System, _stopping.Token);
        if (words[0] == "PSUBSCRIBE")
            _subscribers[socket] = true;
        byte[] reply = Encoding.Latin1.GetBytes(Instead(words) ?? Execute(words));
        if (_isSilent || !_open.GetValueOrDefault(socket))
            return;
        if (Cut is { } cut && string.Equals(cut.Command, words[0], StringComparison.OrdinalIgnoreCase))
        {
            Cut = null;
            await socket.SendAsync(reply.AsMemory(0, Math.Min(cut.Bytes, reply.Length)), _stopping.Token);
            socket.Close(timeout: 0);
            return;
        }
        await socket.SendAsync(reply, _stopping.Token);
    }

    private string Execute(string[] words)
    {
        _executed.Enqueue(string.Join(' ', words));
        switch (words[0].ToUpperInvariant())
        {
            case "PING":
                return "+PONG\r\n";
            case "ROLE":
                return $"*3\r\n${Role.Length}\r\n{Role}\r\n:0\r\n*0\r\n";
            case "SET":
                _data[words[1]] = words[2];
                return "+OK\r\n";
            case "GET":
                return this[words[1]] is { } value ? $"${value.Length}\r\n{value}\r\n" : "$-1\r\n";
            case "INCR":
                string next = (long.Parse(this[words[1]] ?? "0", CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
                _data[words[1]] = next;
                return $":{next}\r\n";
            case "PSUBSCRIBE":
                return $"*3\r\n$10\r\npsubscribe\r\n${words[1].Length}\r\n{words[1]}\r\n:1\r\n";
            case "EVALSHA":
                return "-NOSCRIPT No matching script. Please use EVAL.\r\n";
            case "CLIENT" or "SELECT" or "AUTH":
                return "+OK\r\n";
            default:
                return $"-ERR unknown command '{words[0]}'\r\n";
        }
    }

    // Null at the end of the stream.
    private static async Task<string[]?> ReadAsync(Stream stream)
    {
        if (await ReadLineAsync(stream) is not { } head)
            return null;
        var words = new string[int.Parse(head.AsSpan(1), CultureInfo.InvariantCulture)];
        for (int i = 0; i < words.Length; i++)
        {
            string length = await ReadLineAsync(stream) ?? throw new EndOfStreamException();
            var bytes = new byte[int.Parse(length.AsSpan(1), CultureInfo.InvariantCulture) + 2];
            await stream.ReadExactlyAsync(bytes);
            words[i] = Encoding.Latin1.GetString(bytes, 0, bytes.Length - 2);
        }
        return words;
    }

    private static async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1)
        {
            if (one[0] == '\n')
                return line.ToString(0, line.Length - 1);
            line.Append((char)one[0]);
        }
        return null;
    }
}
