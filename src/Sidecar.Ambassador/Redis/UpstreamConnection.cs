using Sidecar.Ambassador.Redis.Io;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// One connection of a link, from the attempt to its loss: greets the server, and then tells the link what it says, reply by reply.
internal sealed class UpstreamConnection(RedisEngine engine, UpstreamLink link) : IReady
{
    private readonly ReplyStream _replies = new(engine.Buffers);
    private IRedisSocket _socket = null!;
    private Greeting? _greeting;
    private bool _hasHeard;
    private bool _isClosed;

    /// The server is the one hoped for.
    public bool IsReady { get; private set; }

    public bool IsPush => _replies.IsPush;

    public bool IsError => _replies.IsError;

    /// Parts of the current reply were passed on already.
    public bool IsInLarge => _replies.IsInLarge;

    public IRedisSocket Socket => _socket;

    /// Where it leads.
    public ServerAddress Server { get; private set; } = null!;

    public void Open(ServerAddress server)
    {
        Server = server;
        _socket = engine.Connect(server, this);
    }

    /// How many bytes were taken, or SocketResult.Lost.
    public int Send(ReadOnlySpan<byte> bytes) => _socket.Send(bytes);

    public void EndSending() => _socket.EndSending();

    public void Close()
    {
        _isClosed = true;
        IsReady = false;
        _socket.Close();
        _replies.Reset();
    }

    public void OnConnected()
    {
        link.Heard();
        _greeting = engine.Greet(link.SetUps);
        if (_socket.Send(_greeting.Bytes) != _greeting.Bytes.Length)
            link.Lose("the connection took no greeting");
    }

    public void OnReadable()
    {
        for (int round = 0; round < 4 && !_isClosed && _socket.IsReading; round++)
        {
            int count = _socket.Receive(engine.Scratch);
            if (count == SocketResult.Later)
                return;
            if (count <= 0)
            {
                Lose(count == 0 ? "the upstream closed the connection" : "the connection was reset", isEnd: count == 0);
                return;
            }
            _hasHeard = true;
            link.Heard();
            Read(engine.Scratch.AsSpan(0, count));
            if (count < engine.Scratch.Length)
                return;
        }
    }

    public void OnWritable() => link.Wake();

    public void OnLost(string reason) => Lose(reason);

    public void OnFault(Exception fault) => link.OnFault(fault);

    // A server that expects TLS and reads a greeting goes without a word.
    private void Lose(string reason, bool isEnd = false) =>
        link.Lose(_greeting is null || _hasHeard || engine.Encrypts ? reason : reason + " before it said a word (if it speaks TLS, the URL begins with rediss)", isEnd);

    private void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !_isClosed)
        {
            if (IsReady && link.IsTunnel)
            {
                link.TakeTunneled(bytes);
                return;
            }
            var status = _replies.Next(ref bytes, mayComeInParts: IsReady && link.MayComeInParts, out var piece);
            if (status == FrameStatus.Malformed)
                link.Lose("the upstream sent what is no reply");
            else if (status == FrameStatus.Incomplete)
                link.TakePart(piece);
            else
                End(piece);
        }
    }

    private void End(ReadOnlySpan<byte> reply)
    {
        if (IsReady)
            link.Take(reply);
        else
            Hear(reply);
        _replies.EndReply();
    }

    private void Hear(ReadOnlySpan<byte> reply)
    {
        if (_greeting!.Hear(reply) is { } complaint)
        {
            link.Refuse(complaint, _greeting.IsLogInRefused);
            return;
        }
        if (!_greeting.IsDone)
            return;
        IsReady = true;
        link.Begin(_greeting.IsMaster);
        _greeting = null;
    }
}
