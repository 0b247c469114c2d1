using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Content;

/// What a content has to be, whether it is a body, a file or a command's output. The regexes can't backtrack, so that no
/// content costs more than its length.
internal sealed record ContentRules(Regex? Match, Regex? NoMatch, string? Text, string? NoText, IReadOnlyList<JsonTest> Json)
{
    /// What is looked at; the rest of a content is never judged.
    public const int MaxBytes = 256 * 1024;

    /// Where contents are read to. It keeps a few for the next question, however many were asked at once: the pool that all share would
    /// keep one for each.
    public static readonly ArrayPool<byte> Buffers = ArrayPool<byte>.Create(MaxBytes + 1, maxArraysPerBucket: 16);

    public static readonly ContentRules None = new(null, null, null, null, []);

    public bool IsEmpty => Match is null && NoMatch is null && Text is null && NoText is null && Json.Count == 0;

    public static ContentRules Of(NamedThing thing) => new(
        thing.Get(ContentSettings.Body),
        thing.Get(ContentSettings.BodyNot),
        thing.Get(ContentSettings.Text),
        thing.Get(ContentSettings.TextNot),
        thing.Get(ContentSettings.Json));

    /// The content without the byte order mark that .NET and editors put before UTF-8: it is no part of what was written.
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> content) => content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content;

    /// Null when every rule holds, else the first that does not.
    /// <param name="what">"the body", "the file": what the trouble speaks of.</param>
    public string? Trouble(ReadOnlySpan<byte> content, bool isCut, string what)
    {
        content = WithoutMark(content);
        var seen = isCut ? $"the first {MaxBytes / 1024} KiB of {what}" : what;
        if (Text is not null && content.IndexOf(Encoding.UTF8.GetBytes(Text)) < 0)
            return $"the text is not in {seen}";

        if (NoText is not null && content.IndexOf(Encoding.UTF8.GetBytes(NoText)) >= 0)
            return $"{what} holds the text that it must not";

        if ((Match is not null || NoMatch is not null) && PatternTrouble(content, isCut, what, seen) is { } mismatch)
            return mismatch;

        foreach (var test in Json)
        {
            if (test.Trouble(content, isCut, seen) is { } trouble)
                return trouble;
        }
        return null;
    }

    public override string ToString()
    {
        List<string> parts = [];
        if (Text is not null)
            parts.Add($"with '{Text}'");
        if (NoText is not null)
            parts.Add($"without '{NoText}'");
        if (Match is not null)
            parts.Add($"matches {Match}");
        if (NoMatch is not null)
            parts.Add($"does not match {NoMatch}");
        parts.AddRange(Json.Select(test => test.ToString()));
        return string.Join(", ", parts);
    }

    private string? PatternTrouble(ReadOnlySpan<byte> content, bool isCut, string what, string seen)
    {
        // No string of it: half a megabyte each time would be all the garbage there is.
        var chars = ArrayPool<char>.Shared.Rent(content.Length);
        try
        {
            var text = chars.AsSpan(0, Encoding.UTF8.GetChars(content, chars));
            if (Match is not null && !Match.IsMatch(text))
                return isCut ? $"no match in {seen}" : $"{what} does not match";

            return NoMatch is not null && NoMatch.IsMatch(text) ? $"{what} matches what it must not" : null;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }
}
