using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>
/// As much of PostgreSQL's protocol (version 3) as one question needs: TLS, a login and a simple query. What the server refuses is
/// a value, in its own words.
/// </summary>
internal sealed class PostgresConversation(Wire wire, PostgresLogin login)
{
    private const int ProtocolVersion = 3 << 16;
    private const int SslRequest = 80877103;

    // Whoever sends more is no PostgreSQL server.
    private const int MostBytes = 64 * 1024;

    /// <returns>Null when it may be asked now, else the reason.</returns>
    public async Task<string?> LogInAsync(string host, TimeProvider time, CancellationToken cancellation)
    {
        if (!wire.IsEncrypted && login.Tls is { } tls)
        {
            await wire.SendAsync(Framed(type: null, Number(SslRequest)), cancellation);
            var answer = (await ReadAsync(1, cancellation))[0];
            if (answer == 'S') await wire.EncryptAsync(tls, host, time, cancellation);
            else if (answer != 'N') return "does not speak PostgreSQL's protocol";
            else if (login.Mode != SslMode.Prefer) return "does not encrypt";
        }

        await wire.SendAsync(
            Framed(type: null, [.. Number(ProtocolVersion), .. Text($"user\0{login.Username}\0database\0{login.Database}\0application_name\0sidecar-ambassador\0")]), cancellation);
        return await AuthenticateAsync(cancellation) ?? await UntilReadyAsync(cancellation);
    }

    /// <returns>The only value of the answer's first row, or why there is none.</returns>
    public async Task<(string? Value, string? Fault)> QueryAsync(string query, CancellationToken cancellation)
    {
        await wire.SendAsync(Framed('Q', Text(query)), cancellation);
        string? value = null, fault = null;
        while (true)
        {
            var message = await ReadAsync(cancellation);
            if (message.Type == 'D') value ??= message.Value;
            else if (message.Type == 'E') fault = message.Error;
            else if (message.Type == 'Z') return (value, value == null ? fault ?? "answered nothing" : null);
        }
    }

    /// <summary>A server that is left without a word writes that down.</summary>
    public ValueTask SayGoodbyeAsync(CancellationToken cancellation) => wire.SendAsync(Framed('X', []), cancellation);

    private async Task<string?> AuthenticateAsync(CancellationToken cancellation)
    {
        ScramLogin? scram = null;
        while (true)
        {
            var message = await ReadAsync(cancellation);
            if (message.Type == 'E') return message.Error;
            if (message.Type == 'N') continue;
            if (message.Type != 'R') return "does not speak PostgreSQL's protocol";
            if (message.Number == 0) return null;
            if (login.Password is not { } secret) return "asks for a password, and the check has none";

            var password = secret.Current;
            switch (message.Number)
            {
                // Only where nobody can listen: the server, or who pretends to be it, may ask for it so.
                case 3 when wire.IsEncrypted:
                    await wire.SendAsync(Framed('p', Text(password)), cancellation);
                    break;
                case 5:
                    await wire.SendAsync(Framed('p', Text(Md5(password, message.Body.AsSpan(4)))), cancellation);
                    break;
                case 10 when message.TextBehindNumber.Split('\0').Contains(ScramLogin.Mechanism):
                    scram = new ScramLogin(password);
                    var first = Encoding.UTF8.GetBytes(scram.First);
                    await wire.SendAsync(Framed('p', [.. Text(ScramLogin.Mechanism), .. Number(first.Length), .. first]), cancellation);
                    break;
                case 11 when scram?.Answer(message.TextBehindNumber) is { } answer:
                    await wire.SendAsync(Framed('p', Encoding.UTF8.GetBytes(answer)), cancellation);
                    break;
                case 12 when scram?.IsProved(message.TextBehindNumber) == true:
                    break;
                default:
                    return message.Number is 11 or 12 ? "does not know the check's password itself" : "asks for a login that the check does not know (SCRAM-SHA-256 and md5 are known, and with TLS a password)";
            }
        }
    }

    private async Task<string?> UntilReadyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var message = await ReadAsync(cancellation);
            if (message.Type == 'Z') return null;
            if (message.Type == 'E') return message.Error;
        }
    }

    [SuppressMessage("Security", "CA5351", Justification = "The server chooses how it is logged in to.")]
    private string Md5(string password, ReadOnlySpan<byte> salt)
    {
        var inner = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(password + login.Username)));
        return $"md5{Convert.ToHexStringLower(MD5.HashData([.. Encoding.UTF8.GetBytes(inner), .. salt]))}";
    }

    private async Task<PostgresMessage> ReadAsync(CancellationToken cancellation)
    {
        var head = await ReadAsync(5, cancellation);
        var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4;
        if (length is < 0 or > MostBytes) throw new IOException("no message of PostgreSQL's protocol");
        return new PostgresMessage((char)head[0], await ReadAsync(length, cancellation));
    }

    private async Task<byte[]> ReadAsync(int count, CancellationToken cancellation)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var received = await wire.ReceiveAsync(bytes.AsMemory(read), cancellation);
            if (received == 0) throw new IOException("the server closed the connection");
            read += received;
        }

        return bytes;
    }

    private static byte[] Framed(char? type, byte[] body)
    {
        var length = Number(body.Length + 4);
        return type is { } letter ? [(byte)letter, .. length, .. body] : [.. length, .. body];
    }

    private static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    private static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }
}
