using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Shaping;

/// A regular expression of the user's. Most run in time that only grows with the text; one with look-around or back-references
/// needs an engine that can take for ever, and so has a limit.
internal sealed record UserPattern(Regex Regex)
{
    public const string Form = "one regular expression";

    /// How long one text may take.
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    public static Parsed<UserPattern?> Read(string text)
    {
        try
        {
            return Parsed.Right<UserPattern?>(new UserPattern(Parse(text)));
        }
        catch (ArgumentException e)
        {
            return Parsed.Wrong<UserPattern?>($"{Form} is expected ({e.Message})");
        }
    }

    /// One that can't take long: it is never left out, whatever the text is.
    public static Parsed<UserPattern?> ReadLinear(string text)
    {
        var parsed = ValueForms.Pattern(text);
        return parsed.IsRight
            ? Parsed.Right<UserPattern?>(new UserPattern(parsed.Value))
            : Parsed.Wrong<UserPattern?>(parsed.Expected!);
    }

    public override string ToString() => Regex.ToString();

    private static Regex Parse(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Regex.InfiniteMatchTimeout);
        }
        catch (NotSupportedException)
        {
            return new Regex(text, RegexOptions.CultureInvariant, Limit);
        }
    }
}
