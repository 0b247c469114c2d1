using System.Buffers.Text;
using System.Text;

namespace Sidecar.Ambassador.Redis.Cluster;

/// "MOVED 3999 10.0.0.7:6381", or ASK: which node to turn to. An empty host means the host that was asked, "?" that nobody knows.
internal readonly record struct Redirection(int Slot, string Host, int Port)
{
    public static bool TryRead(ReadOnlySpan<byte> words, out Redirection redirection)
    {
        redirection = default;
        int blank = words.IndexOf((byte)' ');
        // An IPv6 address comes without brackets: its port stands behind the last colon.
        int colon = words.LastIndexOf((byte)':');
        if (blank < 0 || colon < blank || !Utf8Parser.TryParse(words, out int slot, out int read) || read != blank || slot is < 0 or >= KeySlot.Count)
            return false;
        if (!Utf8Parser.TryParse(words[(colon + 1)..], out int port, out _) || port is <= 0 or > 65535)
            return false;
        redirection = new Redirection(slot, Encoding.ASCII.GetString(words[(blank + 1)..colon]).Trim('[', ']'), port);
        return true;
    }
}
