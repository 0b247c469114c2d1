using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Shaping;

/// A regular expression of the user's. Most run in time that only grows with the text; one with look-around or back-references
/// needs an engine that can take for ever, and so has a limit.
internal sealed record UserPattern(Regex Regex)
{
    public const string Form = "one regular expression";
    public const string LinearForm = "one regular expression without look-around and back-references";

    /// How long one text may take.
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    public static Parsed<UserPattern?> Read(string text) => Read(text, Parse);

    /// One whose groups are asked for: the engine with a limit finds those ten times as fast as the other.
    public static Parsed<UserPattern?> ReadTimed(string text) => Read(text, Timed);

    /// One that can't take long: it is never left out, whatever the text is.
    public static Parsed<UserPattern?> ReadLinear(string text)
    {
        try
        {
            return Parsed.Right<UserPattern?>(new UserPattern(Linear(text)));
        }
        catch (RegexParseException e)
        {
            return Parsed.Wrong<UserPattern?>(Expected(LinearForm, e));
        }
        catch (NotSupportedException)
        {
            return Parsed.Wrong<UserPattern?>($"{LinearForm} is expected");
        }
    }

    public override string ToString() => Regex.ToString();

    private static Parsed<UserPattern?> Read(string text, Func<string, Regex> parse)
    {
        try
        {
            return Parsed.Right<UserPattern?>(new UserPattern(parse(text)));
        }
        catch (RegexParseException e)
        {
            return Parsed.Wrong<UserPattern?>(Expected(Form, e));
        }
    }

    private static Regex Parse(string text)
    {
        try
        {
            return Linear(text);
        }
        catch (NotSupportedException)
        {
            return Timed(text);
        }
    }

    private static Regex Timed(string text) => new(text, RegexOptions.CultureInvariant, Limit);

    private static Regex Linear(string text) => new(text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Regex.InfiniteMatchTimeout);

    private static string Expected(string form, RegexParseException e) => $"{form} is expected; this one is none from character {e.Offset} on ({e.Error})";
}
