using System.Diagnostics.CodeAnalysis;
using System.Text;
using Sidecar.Ambassador.Redis.Commands;

namespace Sidecar.Ambassador.Redis.Identity;

/// The commands that a route denies, whole or one subcommand of theirs, in any letter case.
internal sealed class DenyList
{
    // What Redis names with its subcommand when it denies it.
    private static readonly string[] Containers =
    [
        "acl", "client", "cluster", "command", "config", "function", "latency", "memory", "module", "object", "pubsub", "script", "sentinel",
        "slowlog", "xgroup", "xinfo",
    ];

    private readonly (byte[] Name, byte[]? Second)[] _denied;

    private DenyList((byte[] Name, byte[]? Second)[] denied) => _denied = denied;

    public bool IsEmpty => _denied.Length == 0;

    /// Reads entries like FLUSHALL and CONFIG|SET; the first that is none comes back as the culprit.
    public static bool TryRead(IReadOnlyList<string> entries, [NotNullWhen(true)] out DenyList? denied, [NotNullWhen(false)] out string? culprit)
    {
        culprit = entries.FirstOrDefault(entry => entry.Split('|') is not { Length: 1 or 2 } words || !words.All(IsWord));
        denied = culprit is null ? new DenyList([.. entries.Select(Read)]) : null;
        return culprit is null;
    }

    /// Redis's own words when the command is denied; else null.
    public byte[]? Refusal(ReadOnlySpan<byte> name, ReadOnlySpan<byte> second)
    {
        foreach (var entry in _denied)
        {
            bool isDenied = CommandTable.Is(name, entry.Name) && (entry.Second is null || CommandTable.Is(second, entry.Second));
            if (isDenied)
                return Refuse(entry.Name, entry.Second ?? (IsContainer(entry.Name) ? second : default));
        }
        return null;
    }

    private static (byte[] Name, byte[]? Second) Read(string entry)
    {
        string[] words = entry.Split('|');
        return (Encoding.ASCII.GetBytes(words[0]), words.Length > 1 ? Encoding.ASCII.GetBytes(words[1]) : null);
    }

    private static bool IsWord(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':');

    private static bool IsContainer(byte[] name) => Containers.Contains(Encoding.ASCII.GetString(name).ToLowerInvariant());

    private static byte[] Refuse(byte[] name, ReadOnlySpan<byte> second)
    {
        string command = Encoding.ASCII.GetString(name);
        string subcommand = Encoding.Latin1.GetString(second);
        // The client's own bytes are repeated only if they can't be taken for a reply of their own.
        if (IsWord(subcommand))
            command += $"|{subcommand}";
        return Encoding.ASCII.GetBytes($"-NOPERM this user has no permissions to run the '{command.ToLowerInvariant()}' command\r\n");
    }
}
