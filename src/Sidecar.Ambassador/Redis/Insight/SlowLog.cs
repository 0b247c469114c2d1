using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Insight;

/// The last commands that took longer than they should: when, how long, which command, and its key. Values stand here only if the route
/// says so, and what may be a password never does.
internal sealed class SlowLog(TimeSpan threshold, bool showsArguments, TimeProvider time)
{
    private const int Most = 128;
    private const int LongestWord = 64;
    private const int MostWords = 16;

    private static readonly string[] Secretive = ["ACL", "AUTH", "CONFIG", "HELLO", "MIGRATE"];

    private readonly Lock _lock = new();
    private readonly Queue<(DateTimeOffset At, double Milliseconds, string Command)> _entries = new();
    private readonly long _threshold = threshold == TimeSpan.Zero ? long.MaxValue : (long)(threshold.TotalSeconds * time.TimestampFrequency);

    public bool IsSlow(long ticks) => ticks > _threshold;

    /// The frame is empty when it was too large to be kept.
    public void Add(ReadOnlySpan<byte> frame, CommandTable commands, long ticks)
    {
        string command = frame.IsEmpty ? "(a large one)" : Describe(frame, commands);
        var entry = (time.GetUtcNow(), Math.Round(ticks * 1000.0 / time.TimestampFrequency, 1), command);
        lock (_lock)
        {
            _entries.Enqueue(entry);
            if (_entries.Count > Most)
                _entries.Dequeue();
        }
    }

    /// The latest first.
    public JsonArray Show()
    {
        lock (_lock)
            return new JsonArray([.. _entries.Reverse().Select(static JsonNode (entry) => new JsonObject
            {
                ["at"] = entry.At.ToString("O"), ["milliseconds"] = entry.Milliseconds, ["command"] = entry.Command,
            })]);
    }

    private string Describe(ReadOnlySpan<byte> frame, CommandTable commands)
    {
        var arguments = new RequestArguments(frame);
        arguments.MoveNext();
        var text = new StringBuilder(Word(arguments.Current));
        bool hasKey = commands.Find(arguments.Current).Key.TryFind(arguments, out var key);
        bool hidesAll = Secretive.Contains(Encoding.ASCII.GetString(arguments.Current), StringComparer.OrdinalIgnoreCase);
        if (!showsArguments || hidesAll)
        {
            if (hasKey && !hidesAll)
                text.Append(' ').Append(Word(key));
            return text.ToString();
        }
        int shown = 1;
        for (; shown < MostWords && arguments.MoveNext(); shown++)
            text.Append(' ').Append(Word(arguments.Current));
        if (arguments.Count > shown)
            text.Append(CultureInfo.InvariantCulture, $" ... {arguments.Count - shown} more");
        return text.ToString();
    }

    private static string Word(ReadOnlySpan<byte> word)
    {
        var text = new StringBuilder();
        foreach (byte letter in word[..Math.Min(word.Length, LongestWord)])
            text.Append(letter is > 32 and < 127 ? (char)letter : '?');
        return text.Append(word.Length > LongestWord ? "..." : "").ToString();
    }
}
