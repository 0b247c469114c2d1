namespace Sidecar.Adapter;

/// Cuts what targets say to a length that answers and pages have room for. Never within a pair of characters: an emoji is two, and
/// one of them alone is no text that could be written.
internal static class Excerpt
{
    /// The text, or its beginning and three dots.
    public static string Of(string text, int maxChars) => text.Length <= maxChars ? text : Start(text, maxChars) + "...";

    public static string Start(string text, int maxChars) =>
        text.Length <= maxChars ? text : text[..(char.IsHighSurrogate(text[maxChars - 1]) ? maxChars - 1 : maxChars)];
}
