using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.Testing.Redis;

/// One raw connection that speaks RESP in the simplest way: written to be compared with, so it shares no code with the product.
public sealed class RedisWire : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _client;
    private readonly BufferedStream _stream;
    private readonly MemoryStream _raw = new();

    private RedisWire(TcpClient client)
    {
        _client = client;
        _stream = new BufferedStream(client.GetStream(), 16 * 1024);
    }

    public Socket Socket => _client.Client;

    public static async Task<RedisWire> ConnectAsync(int port, string host = "127.0.0.1")
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(host, port);
            return new RedisWire(client);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public static byte[] Frame(params string[] words)
    {
        var frame = new StringBuilder();
        frame.Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (string word in words)
            frame.Append(CultureInfo.InvariantCulture, $"${Encoding.Latin1.GetByteCount(word)}\r\n{word}\r\n");
        return Encoding.Latin1.GetBytes(frame.ToString());
    }

    /// Sends a command and returns its reply as text: "OK", "-ERR ...", ":5" for numbers, items joined by '|', "(nil)".
    public async Task<string> CallAsync(params string[] words)
    {
        await SendAsync(words);
        return await ReadAsync();
    }

    public Task SendAsync(params string[] words) => SendRawAsync(Frame(words));

    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _client.GetStream().WriteAsync(bytes);

    public async Task<string> ReadAsync() => Render(await ReadRawAsync());

    /// The exact bytes of the next reply (or push message).
    public async Task<byte[]> ReadRawAsync(CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        _raw.SetLength(0);
        await ReadFrameAsync(limit.Token);
        return _raw.ToArray();
    }

    /// Whatever the server sends until it closes the connection.
    public async Task<byte[]> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var all = new MemoryStream();
        try
        {
            await _stream.CopyToAsync(all, limit.Token);
        }
        catch (IOException)
        {
            // A reset after the last bytes is an end too.
        }
        return all.ToArray();
    }

    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > Patience)
                throw new TimeoutException($"{what}: not within {Patience.TotalSeconds} s");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    internal static Task WaitUntilAnswersAsync(ServerProcess process, int port, string host = "127.0.0.1") =>
        UntilAsync($"a Redis on port {port} answers PING", async () =>
        {
            if (!process.IsRunning)
                throw new InvalidOperationException($"the server on port {port} ended: {(File.Exists(process.LogFile) ? await File.ReadAllTextAsync(process.LogFile) : "no log")}");
            try
            {
                await using var wire = await ConnectAsync(port, host);
                string answer = await wire.CallAsync("PING");
                return answer == "PONG" || answer.StartsWith("-NOAUTH", StringComparison.Ordinal) || answer.StartsWith("-NOPERM", StringComparison.Ordinal);
            }
            catch (Exception notYet) when (notYet is SocketException or IOException)
            {
                return false;
            }
        });

    public ValueTask DisposeAsync()
    {
        _stream.Dispose();
        _client.Dispose();
        _raw.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReadFrameAsync(CancellationToken cancellation)
    {
        string line = await ReadLineAsync(cancellation);
        switch (line[0])
        {
            case '$' or '=' or '!':
                long length = long.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
                if (length >= 0)
                    await ReadBytesAsync(length + 2, cancellation);
                break;
            case '*' or '~' or '>':
                await ReadItemsAsync(long.Parse(line.AsSpan(1), CultureInfo.InvariantCulture), cancellation);
                break;
            case '%':
                await ReadItemsAsync(2 * long.Parse(line.AsSpan(1), CultureInfo.InvariantCulture), cancellation);
                break;
            case '|':
                await ReadItemsAsync(2 * long.Parse(line.AsSpan(1), CultureInfo.InvariantCulture), cancellation);
                await ReadFrameAsync(cancellation);
                break;
        }
    }

    private async Task ReadItemsAsync(long count, CancellationToken cancellation)
    {
        for (long i = 0; i < count; i++)
            await ReadFrameAsync(cancellation);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellation)
    {
        long start = _raw.Length;
        var one = new byte[1];
        do
        {
            await _stream.ReadExactlyAsync(one, cancellation);
            _raw.Write(one);
        }
        while (one[0] != '\n');
        return Encoding.Latin1.GetString(_raw.GetBuffer(), (int)start, (int)(_raw.Length - start - 2));
    }

    private async Task ReadBytesAsync(long count, CancellationToken cancellation)
    {
        var chunk = new byte[Math.Min(count, 64 * 1024)];
        while (count > 0)
        {
            int taken = await _stream.ReadAsync(chunk.AsMemory(0, (int)Math.Min(count, chunk.Length)), cancellation);
            if (taken == 0)
                throw new EndOfStreamException();
            _raw.Write(chunk, 0, taken);
            count -= taken;
        }
    }

    private static string Render(byte[] raw)
    {
        int position = 0;
        return RenderAt(raw, ref position);
    }

    private static string RenderAt(byte[] raw, ref int position)
    {
        int end = Array.IndexOf(raw, (byte)'\r', position);
        char type = (char)raw[position];
        string line = Encoding.Latin1.GetString(raw, position + 1, end - position - 1);
        position = end + 2;
        switch (type)
        {
            case '+':
                return line;
            case '-' or ':' or '#' or ',' or '(':
                return type + line;
            case '_':
                return "(nil)";
            case '$' or '=' or '!':
                int length = int.Parse(line, CultureInfo.InvariantCulture);
                if (length < 0)
                    return "(nil)";
                position += length + 2;
                return Encoding.Latin1.GetString(raw, position - length - 2, length);
            default:
                int count = int.Parse(line, CultureInfo.InvariantCulture) * (type is '%' or '|' ? 2 : 1);
                if (count < 0)
                    return "(nil)";
                var items = new string[count];
                for (int i = 0; i < count; i++)
                    items[i] = RenderAt(raw, ref position);
                return type == '|' ? RenderAt(raw, ref position) : string.Join('|', items);
        }
    }
}
