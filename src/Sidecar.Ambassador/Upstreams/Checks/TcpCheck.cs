using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>How the endpoints of a TCP route are checked, as _CHECK says.</summary>
internal sealed record TcpCheck(CheckKind Kind, IReadOnlyList<CheckStep> Steps)
{
    public const string Form = "connect, postgres, postgres-replica, or steps 'send <text>' and 'expect <text>', split at newlines if there is one, else at ;";

    public const string Example = @"send PING\r\n; expect +PONG";

    public static readonly TcpCheck Connect = new(CheckKind.Connect, []);

    /// <summary>Whether endpoints are told apart by what they are, so that one that was not asked yet must not be used.</summary>
    public bool IsForRole => Kind is CheckKind.Postgres or CheckKind.PostgresReplica;

    public static bool TryParse(IReadOnlyList<string> parts, [NotNullWhen(true)] out TcpCheck? check, [NotNullWhen(false)] out string? expected)
    {
        expected = null;
        check = parts switch
        {
            ["connect"] => Connect,
            ["postgres"] => new TcpCheck(CheckKind.Postgres, []),
            ["postgres-replica"] => new TcpCheck(CheckKind.PostgresReplica, []),
            _ => null,
        };
        if (check != null) return true;

        var steps = new List<CheckStep>();
        foreach (var part in parts)
        {
            var blank = part.IndexOf(' ');
            var (verb, text) = blank < 0 ? (part, "") : (part[..blank], part[(blank + 1)..].TrimStart());
            if (verb is not ("send" or "expect") || text.Length == 0)
            {
                expected = $"'{part}' is no step: connect, postgres, postgres-replica, or 'send <text>' and 'expect <text>' are expected";
                return false;
            }

            if (Unescape(text) is not { } bytes)
            {
                expected = $"'{text}' has a backslash that means nothing: \\r, \\n, \\t, \\0, \\\\ and \\xHH are expected";
                return false;
            }

            steps.Add(new CheckStep(verb == "expect", bytes, text));
        }

        // Without an answer to wait for, nothing is learnt beyond the connection.
        if (!steps.Exists(step => step.IsExpect)) expected = "at least one 'expect <text>' is expected";
        check = new TcpCheck(CheckKind.Talk, steps);
        return expected == null;
    }

    public override string ToString() => Kind switch
    {
        CheckKind.Connect => "a connection",
        CheckKind.Talk => string.Join("; ", Steps.Select(step => $"{(step.IsExpect ? "expect" : "send")} {step.Text}")),
        CheckKind.Postgres => "whether it is a PostgreSQL primary",
        _ => "whether it is a PostgreSQL replica",
    };

    private static byte[]? Unescape(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                var length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
                i += length - 1;
                continue;
            }

            if (++i >= text.Length) return null;
            if (text[i] == 'x')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])) return null;
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
            else if (Escaped(text[i]) is { } escaped)
            {
                bytes.Add(escaped);
            }
            else
            {
                return null;
            }
        }

        return [.. bytes];
    }

    private static byte? Escaped(char c) => c switch
    {
        'r' => (byte)'\r',
        'n' => (byte)'\n',
        't' => (byte)'\t',
        '0' => 0,
        '\\' => (byte)'\\',
        _ => null,
    };
}
