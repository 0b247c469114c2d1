using Sidecar.Ambassador.Redis.Io;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// Asks a server on a connection of its own, while another one is silent although replies are due. One that answers here has lost the
/// other; one that does not is busy with a script, paused, or frozen, and what it was asked is better left with it.
internal sealed class LifeProbe(RedisEngine engine, ServerAddress server, IEnumerable<SetUp> setUps) : IReady
{
    // What was said to others at the same time may be on its way.
    private const int GraceMilliseconds = 100;

    // Nobody has such a script, so nothing is executed; but a server that is busy with one, or makes writers wait, does not say so yet.
    private static readonly byte[] Question = RequestWriter.Encode("EVALSHA", new string('0', 40), "0");

    private readonly ReplyStream _replies = new(engine.Buffers);
    private readonly long _began = engine.Now;
    private IRedisSocket? _socket;
    private Greeting? _greeting;
    private long? _answered;
    private bool _provesWrites;

    public bool IsOver => _socket is null;

    /// It has had its time: another one may be sent.
    public bool IsStale => IsOver && engine.Now - _began > engine.Options.SilenceLimit.TotalMilliseconds;

    /// Whether a command that has waited in silence since then would have been answered on a connection that lives.
    public bool Disproves(long silentSince, bool writes) =>
        silentSince < _began && engine.Now - _answered > GraceMilliseconds && (_provesWrites || !writes);

    public LifeProbe Begin()
    {
        _socket = engine.Connect(server, this);
        return this;
    }

    public void Tick()
    {
        if (engine.Now - _began > engine.Options.HandshakeTimeout.TotalMilliseconds)
            End();
    }

    public void End()
    {
        _socket?.Close();
        _socket = null;
        _replies.Reset();
    }

    public void OnConnected()
    {
        _greeting = engine.Greet(setUps);
        if (_socket!.Send([.. _greeting.Bytes, .. Question]) != _greeting.Bytes.Length + Question.Length)
            End();
    }

    public void OnReadable()
    {
        int count = _socket!.Receive(engine.Scratch);
        if (count == SocketResult.Later)
            return;
        if (count <= 0)
        {
            End();
            return;
        }
        ReadOnlySpan<byte> bytes = engine.Scratch.AsSpan(0, count);
        while (!bytes.IsEmpty && !IsOver)
        {
            var status = _replies.Next(ref bytes, mayComeInParts: false, out var piece);
            if (status == FrameStatus.Complete)
                Hear(piece);
            else if (status == FrameStatus.Malformed)
                End();
            if (!IsOver)
                _replies.EndReply();
        }
    }

    public void OnWritable()
    {
    }

    public void OnLost(string reason) => End();

    public void OnFault(Exception fault)
    {
        engine.Faulted(fault);
        End();
    }

    private void Hear(ReadOnlySpan<byte> reply)
    {
        if (!_greeting!.IsDone)
        {
            if (_greeting.Hear(reply) is not null)
                End();
            return;
        }
        _provesWrites = reply.StartsWith("-NOSCRIPT"u8);
        if (_provesWrites || reply.StartsWith("-NOPERM"u8))
            _answered = engine.Now;
        End();
    }
}
