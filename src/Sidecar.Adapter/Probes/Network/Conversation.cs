using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Network;

/// What is said on a connection, and what has to come back; either may be nothing.
internal sealed record Conversation(byte[]? Send, Regex? Expect)
{
    public static readonly Conversation None = new(null, null);

    public bool IsSilent => Send is null && Expect is null;

    public static Conversation Of(NamedThing thing) => new(thing.Get(NetworkSettings.Send), thing.Get(NetworkSettings.Expect));

    /// Bytes as a user writes them: \r, \n, \t, \0, \\ and \xHH.
    public static Parsed<byte[]?> ReadBytes(string text)
    {
        var wrong = Parsed.Wrong<byte[]?>(@"a text with \r, \n, \t, \0, \\ or \xHH as its only escapes is expected");
        using var bytes = new MemoryStream();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
            {
                var length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
                bytes.Write(Encoding.UTF8.GetBytes(text.Substring(at, length)));
                at += length - 1;
                continue;
            }

            at++;
            if (at == text.Length)
                return wrong;

            if (text[at] == 'x')
            {
                if (at + 2 >= text.Length || !byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                    return wrong;

                bytes.WriteByte(value);
                at += 2;
                continue;
            }

            var plain = @"rnt0\".IndexOf(text[at], StringComparison.Ordinal);
            if (plain < 0)
                return wrong;

            bytes.WriteByte("\r\n\t\0\\"u8[plain]);
        }
        return Parsed.Right<byte[]?>(bytes.ToArray());
    }

    public override string ToString() => Expect is null ? "a connection" : $"a connection that answers {Expect}";
}
