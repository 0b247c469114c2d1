using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Asking;

/// What is asked of one server beside the commands of clients, a Sentinel or a node of a cluster: calls one after the other, or a subscription.
internal sealed class ServerConversation : IDisposable
{
    private const int MaxReply = 4 * 1024 * 1024;

    private readonly Stream _stream;
    private readonly List<byte> _frame = [];
    private readonly byte[] _received = new byte[16 * 1024];
    private int _start;
    private int _end;

    private ServerConversation(Stream stream) => _stream = stream;

    /// Encrypted and logged in, where that is what it takes.
    public static async Task<ServerConversation> ConnectAsync(HostPort host, ServerAccess access, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host.Host, host.Port, cancellation);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (access.Tls is { } tls)
                stream = await EncryptAsync(stream, tls, host.Host, cancellation);
            var connection = new ServerConversation(stream);
            if (access.Credentials is { } credentials)
                await connection.LogInAsync(credentials, cancellation);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task<RespValue> CallAsync(CancellationToken cancellation, params string[] words) => CallAsync(RequestWriter.Encode(words), cancellation);

    public async Task<RespValue> CallAsync(byte[] frame, CancellationToken cancellation)
    {
        await SendAsync(frame, cancellation);
        return await ReadAsync(cancellation);
    }

    public ValueTask SendAsync(byte[] frames, CancellationToken cancellation) => _stream.WriteAsync(frames, cancellation);

    /// The next reply, or the next message of a subscription.
    public async Task<RespValue> ReadAsync(CancellationToken cancellation)
    {
        var reader = default(ReplyReader);
        _frame.Clear();
        while (true)
        {
            var status = reader.Read(_received.AsSpan(_start, _end - _start), out int consumed);
            _frame.AddRange(_received.AsSpan(_start, consumed));
            _start += consumed;
            if (status == FrameStatus.Complete && RespValue.TryParse(_frame.ToArray(), out var value))
                return value!;
            if (status != FrameStatus.Incomplete || _frame.Count > MaxReply)
                throw new IOException("not a reply");

            _start = 0;
            _end = await _stream.ReadAsync(_received, cancellation);
            if (_end == 0)
                throw new IOException("the connection was closed");
        }
    }

    public void Dispose() => _stream.Dispose();

    private static async Task<SslStream> EncryptAsync(Stream stream, UpstreamTls tls, string host, CancellationToken cancellation)
    {
        var encrypted = new SslStream(stream);
        var options = tls.Open(host, out var check);
        try
        {
            await encrypted.AuthenticateAsClientAsync(options, cancellation);
            return encrypted;
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            throw new ServerRefusal(check.Explain(failure));
        }
    }

    private async Task LogInAsync(RouteCredentials credentials, CancellationToken cancellation)
    {
        var (username, password) = credentials.Current;
        string[] words = username is null ? ["AUTH", password] : ["AUTH", username, password];
        var reply = await CallAsync(cancellation, words);
        if (reply.IsError)
            throw new ServerRefusal($"it refuses the login: {reply.Text}");
    }
}
