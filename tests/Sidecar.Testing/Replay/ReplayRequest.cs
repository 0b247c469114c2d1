using System.Text;
using Sidecar.Testing.Redis;

namespace Sidecar.Testing.Replay;

/// One request of a stream.
internal sealed record ReplayRequest(IReadOnlyList<string> Words, ReplayForm Form = ReplayForm.Frame)
{
    /// In lower case, with its second word: which command it may be.
    public (string One, string Two) Names { get; } =
        (Words.Count > 0 ? Words[0].ToLowerInvariant() : "", Words.Count > 1 ? $"{Words[0]}|{Words[1]}".ToLowerInvariant() : "");

    /// Blocks, and not without end.
    public bool WaitsForAWhile => Names.One switch
    {
        "wait" => true,
        "blpop" or "brpop" or "blmove" or "brpoplpush" or "bzpopmin" or "bzpopmax" => Words[^1] != "0",
        "blmpop" or "bzmpop" => Words.Count < 2 || Words[1] != "0",
        "xread" or "xreadgroup" => !string.Join(' ', Words).Contains("BLOCK 0", StringComparison.OrdinalIgnoreCase),
        // Whoever writes meanwhile counts as blocked.
        _ => Names.Two == "client|pause",
    };

    public bool WaitsWithoutEnd => Names.One switch
    {
        "blpop" or "brpop" or "blmove" or "brpoplpush" or "bzpopmin" or "bzpopmax" => Words[^1] == "0",
        "blmpop" or "bzmpop" => Words.Count > 1 && Words[1] == "0",
        "xread" or "xreadgroup" => string.Join(' ', Words).Contains("BLOCK 0", StringComparison.OrdinalIgnoreCase),
        "wait" => Words.Count > 2 && Words[2] == "0",
        _ => false,
    };

    public static ReplayRequest Of(params string[] words) => new(words);

    public byte[] Encode(Func<string, string> fill)
    {
        string[] words = [.. Words.Select(fill)];
        return Form switch
        {
            ReplayForm.Frame => RedisWire.Frame(words),
            ReplayForm.Inline => Encoding.Latin1.GetBytes(string.Join(' ', words.Select(Typed)) + "\r\n"),
            _ => Encoding.Latin1.GetBytes(string.Concat(words)),
        };
    }

    public override string ToString() =>
        Form switch { ReplayForm.Inline => "~ ", ReplayForm.Raw => "! ", _ => "" } + string.Join(' ', Words.Select(ReplayWord.Quote));

    private static string Typed(string word)
    {
        string quoted = ReplayWord.Quote(word);
        return quoted[0] == '<' ? word : quoted;
    }
}
