using System.Security.Cryptography;
using System.Text;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Redis.Identity;

/// What one client may ask at all: where the route has a local password it has to log in first, and what the route denies it does
/// not get. There is none where the route says neither.
internal sealed class ClientGuard
{
    private static readonly byte[] NoAuth = "-NOAUTH Authentication required.\r\n"u8.ToArray();
    private static readonly byte[] NoAuthForHello = Encoding.ASCII.GetBytes(
        "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used "
        + "to authenticate the client and select the RESP protocol version at the same time\r\n");
    private static readonly byte[] TooLargeForNoAuth = "-ERR Protocol error: unauthenticated bulk length\r\n"u8.ToArray();
    private static readonly byte[] Unreadable = "-ERR Protocol error: the command's name could not be read\r\n"u8.ToArray();

    private readonly DenyList? _denied;
    private readonly Secret? _password;
    private bool _isLoggedIn;

    private ClientGuard(DenyList? denied, Secret? password)
    {
        (_denied, _password) = (denied, password);
        LogOut();
    }

    public static ClientGuard? Of(RedisOptions options) =>
        options.Denied is null && options.LocalPassword is null ? null : new ClientGuard(options.Denied, options.LocalPassword);

    /// The reply that the client gets instead of the server's; null when its request may go on.
    public byte[]? Refusal(RequestArguments request)
    {
        var name = request.Current;
        if (!_isLoggedIn && !IsForAnyone(name))
            return NoAuth;
        return _denied?.Refusal(name, request.MoveNext() ? request.Current : default);
    }

    /// The same for a request of which only the beginning has come; `ends` says that the client has to go.
    public byte[]? RefusalOfLarge(ReadOnlySpan<byte> beginning, out bool ends)
    {
        ends = !_isLoggedIn;
        if (ends)
            return TooLargeForNoAuth;
        if (_denied is null)
            return null;
        beginning = beginning[Math.Max(beginning.IndexOf((byte)'$'), 0)..];
        ends = !BulkWord.TryRead(ref beginning, out var name);
        if (ends)
            return Unreadable;
        return BulkWord.TryRead(ref beginning, out var second) ? _denied.Refusal(name, second) : _denied.Refusal(name, default);
    }

    /// For connections where no reply of ours can be put between the server's: it is asked for a command whose name says why, and
    /// answers that it does not know it.
    public static byte[] AsUnknownCommand(byte[] refusal) => RequestWriter.Encode(Encoding.ASCII.GetString(refusal.AsSpan()[1..^2]));

    /// Null when the password is right; it may come with any user name.
    public byte[]? LogIn(ReadOnlySpan<byte> password)
    {
        if (_password is null)
            return null;
        bool isRight = CryptographicOperations.FixedTimeEquals(password, Encoding.UTF8.GetBytes(_password.Current));
        _isLoggedIn |= isRight;
        return isRight ? null : ErrorReplies.WrongPassword;
    }

    /// HELLO may bring a login, and has to where there was none before.
    public byte[]? Greet(byte[]? password)
    {
        if (password is not null)
            return LogIn(password);
        return _isLoggedIn ? null : NoAuthForHello;
    }

    public void LogOut() => _isLoggedIn = _password is null;

    private static bool IsForAnyone(ReadOnlySpan<byte> name) => CommandTable.BuiltIn.Find(name).Kind
        is CommandKind.Auth or CommandKind.Hello or CommandKind.Reset or CommandKind.Quit;
}
