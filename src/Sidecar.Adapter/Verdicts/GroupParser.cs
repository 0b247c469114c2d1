using System.Collections.Immutable;
using System.Globalization;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Verdicts;

/// Reads a group as a user writes it: `web &amp; (db | cache)`, `2 of (a, b, c)`, `web?`. And binds closer than or.
internal ref struct GroupParser
{
    private const int MaxDepth = 32;
    private const string Form = "probes joined by & and |, in brackets, as 2 of (a, b, c), or with ? for one that only degrades, are expected";

    private readonly string _text;
    private int _at;
    private int _depth;

    private GroupParser(string text) => _text = text;

    /// A list of expressions: all of them.
    public static Parsed<GroupExpression> Read(IReadOnlyList<string> items)
    {
        var parts = ImmutableArray.CreateBuilder<GroupExpression>();
        foreach (var item in items)
        {
            var parser = new GroupParser(item);
            if (parser.Any() is not { } expression || parser.Peek() != '\0')
                return Parsed.Wrong<GroupExpression>(Form);

            parts.Add(expression);
        }
        return parts.Count == 0
            ? Parsed.Wrong<GroupExpression>("at least one probe is expected")
            : Parsed.Right(GroupExpression.All(parts.ToImmutable()));
    }

    private GroupExpression? Any() => Joined('|', all: false);

    private GroupExpression? Joined(char sign, bool all)
    {
        var parts = ImmutableArray.CreateBuilder<GroupExpression>();
        do
        {
            if ((all ? Term() : Joined('&', all: true)) is not { } part)
                return null;

            parts.Add(part);
        }
        while (TryTake(sign));
        return GroupExpression.AtLeast(all ? parts.Count : 1, parts.ToImmutable());
    }

    private GroupExpression? Term()
    {
        if (++_depth > MaxDepth)
            return null;

        var term = Peek() == '(' ? Bracketed() : Named();
        _depth--;
        return term is not null && TryTake('?') ? term.Optional() : term;
    }

    private GroupExpression? Bracketed()
    {
        _at++;
        return Any() is { } inside && TryTake(')') ? inside : null;
    }

    // A probe, or so many of a list of expressions. A name may be a number too, and no probe is called "of".
    private GroupExpression? Named()
    {
        var word = Word();
        var afterWord = _at;
        if (word.Length == 0)
            return null;

        if (!Word().Equals("of", StringComparison.OrdinalIgnoreCase))
        {
            _at = afterWord;
            return GroupExpression.Of(word.ToLowerInvariant());
        }

        if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var needed) || !TryTake('('))
            return null;

        var parts = ImmutableArray.CreateBuilder<GroupExpression>();
        do
        {
            if (Any() is not { } part)
                return null;

            parts.Add(part);
        }
        while (TryTake(','));
        return TryTake(')') && needed >= 1 && needed <= parts.Count ? GroupExpression.AtLeast(needed, parts.ToImmutable()) : null;
    }

    private string Word()
    {
        Peek();
        var start = _at;
        while (_at < _text.Length && char.IsAsciiLetterOrDigit(_text[_at]))
            _at++;
        return _text[start.._at];
    }

    private bool TryTake(char sign)
    {
        if (Peek() != sign)
            return false;

        _at++;
        return true;
    }

    // The next sign that is no blank; 0 at the end.
    private char Peek()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        return _at < _text.Length ? _text[_at] : '\0';
    }
}
