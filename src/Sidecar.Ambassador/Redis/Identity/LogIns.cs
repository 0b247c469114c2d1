using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Identity;

/// What one client says of itself by AUTH and HELLO: some is for the server, some for us, and some changes which connection it may share.
internal sealed class LogIns(RedisEngine engine, ClientSession client, ClientPath path, ClientIdentity identity, ClientGuard? guard)
{
    // Answered +OK wherever it stands, and changes nothing.
    private static readonly byte[] Nothing = "*1\r\n$7\r\nUNWATCH\r\n"u8.ToArray();

    private int _underWay;

    /// `arguments` stand at the command's name.
    public bool LogIn(ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        if (!engine.AnswersLogIn)
            return LogInUpstream(frame);
        if (arguments.Count is not (2 or 3))
            return Pass(frame);
        var refusal = guard?.LogIn(arguments.Last());
        if (refusal is not null)
            engine.Counters.Denied++;
        // Where no reply of ours can be put between the server's, it is made to say the same.
        if (path.Tunnel is not null || path.IsInTransaction)
            return Pass(refusal is null ? Nothing : RequestWriter.Encode("AUTH", Guid.NewGuid().ToString(), Guid.NewGuid().ToString()));
        return path.Reply(refusal ?? ErrorReplies.Ok);
    }

    /// The same for HELLO.
    public bool Greet(ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        var request = HelloRequest.Read(arguments);
        if (engine.AnswersLogIn)
        {
            if (guard?.Greet(request.Password) is { } refusal)
                return Refuse(refusal);
            frame = request.WithoutLogIn;
        }
        if (path.Tunnel is not null)
            return Pass(frame);
        if (path.IsInTransaction)
            return path.Pin(ClientState.Unknown, frame);
        if (request.Version is null)
            return path.Forward(frame, CommandEffect.Connection);
        var setUp = new SetUp(SetUpKind.Hello, frame.ToArray());
        if (request.IsPlain && path.State == ClientState.None && client.Outstanding == 0 && identity.TrySwitch(setUp))
        {
            // What it had of its own speaks otherwise.
            path.LeaveOwn();
            return path.Forward(frame, CommandEffect.Connection);
        }
        if (request.Name is not null)
            path.State |= ClientState.Named;
        return ForwardLogIn(frame, setUp);
    }

    /// A name that is only queued may be refused at EXEC, or never be given.
    public bool Name(ReadOnlySpan<byte> frame) => path.IsInTransaction
        ? path.Pin(ClientState.Unknown, frame)
        : path.Pin(ClientState.Named, frame, new SetUp(SetUpKind.Name, frame.ToArray()));

    /// The server has answered what changes the client's connection; what it took is said again on the next one.
    public void Settle(SetUp setUp, bool isError)
    {
        if (!isError)
            identity.Remember(setUp);
        if (setUp.Kind is not (SetUpKind.Auth or SetUpKind.Hello) || --_underWay > 0)
            return;
        path.State &= ~ClientState.LoggingIn;
        // From here on it may share with those who are the same to the server.
        if (path.State == ClientState.None && client.Outstanding == 0)
            path.LeaveOwn();
    }

    private bool Refuse(byte[] refusal)
    {
        engine.Counters.Denied++;
        if (path.Tunnel is not { } tunnel)
            return path.Reply(refusal);
        tunnel.Stream(ClientGuard.AsUnknownCommand(refusal));
        return true;
    }

    private bool Pass(ReadOnlySpan<byte> frame)
    {
        if (path.Tunnel is not { } tunnel)
            return path.Forward(frame);
        tunnel.Stream(frame);
        return true;
    }

    private bool LogInUpstream(ReadOnlySpan<byte> frame)
    {
        if (path.Tunnel is not null)
            return Pass(frame);
        if (path.IsInTransaction)
            return path.Pin(ClientState.Unknown, frame);
        return ForwardLogIn(frame, new SetUp(SetUpKind.Auth, frame.ToArray()));
    }

    // Who is logged in is only known when the answers are there: until then everything goes the same way. And the server may not have
    // let us choose the database before the client had logged in. So it is chosen behind the login, which is then
    // not to be sent again on another connection without it.
    private bool ForwardLogIn(ReadOnlySpan<byte> frame, SetUp setUp)
    {
        path.State |= ClientState.LoggingIn;
        if (!path.Forward(frame, engine.Database == 0 ? CommandEffect.Connection : CommandEffect.Once, setUp: setUp))
            return false;
        _underWay++;
        if (engine.Database != 0 && !path.State.HasFlag(ClientState.Database))
            path.Own!.Enqueue(new PendingReply { SetUp = setUp, Since = engine.Now }, RequestWriter.Encode("SELECT", $"{engine.Database}"));
        return true;
    }
}
