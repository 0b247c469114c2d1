namespace Sidecar.Logs.Discovery;

/// One part of a glob between slashes: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a character that is meant as it is.
/// As in a shell, a leading dot is matched only by a dot.
internal sealed class NamePattern
{
    private readonly List<Token> _tokens = [];

    private NamePattern(string text) => Text = text;

    private enum TokenKind
    {
        Literal,
        AnyOne,
        AnyMany,
        Class,
    }

    public string Text { get; }

    /// The one name that matches, when there is no wildcard.
    public string? Literal { get; private set; }

    public static NamePattern? TryParse(string text, out string? fault)
    {
        fault = null;
        var pattern = new NamePattern(text);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '[')
            {
                var end = ClassEnd(text, i);
                if (end < 0)
                {
                    fault = "'[' without ']'";
                    return null;
                }

                pattern._tokens.Add(ClassOf(text.AsSpan(i + 1, end - i - 1)));
                i = end;
                continue;
            }

            if (text[i] == '\\' && i + 1 < text.Length)
            {
                pattern._tokens.Add(new Token(TokenKind.Literal, text[++i]));
                continue;
            }

            pattern._tokens.Add(text[i] switch
            {
                '*' => new Token(TokenKind.AnyMany),
                '?' => new Token(TokenKind.AnyOne),
                var literal => new Token(TokenKind.Literal, literal),
            });
        }

        if (pattern._tokens.TrueForAll(token => token.Kind == TokenKind.Literal))
            pattern.Literal = string.Concat(pattern._tokens.Select(token => token.Character));
        return pattern;
    }

    public bool Matches(ReadOnlySpan<char> name)
    {
        if (Literal is not null)
            return name.SequenceEqual(Literal);
        if (name.StartsWith('.') && !(_tokens.Count > 0 && _tokens[0] is { Kind: TokenKind.Literal, Character: '.' }))
            return false;

        // The last star takes one character more each time that the rest does not fit: linear in memory, never exponential.
        int at = 0, token = 0, star = -1, starAt = 0;
        while (at < name.Length)
        {
            if (token < _tokens.Count && _tokens[token].Kind == TokenKind.AnyMany)
            {
                star = token++;
                starAt = at;
            }
            else if (token < _tokens.Count && _tokens[token].Takes(name[at]))
            {
                token++;
                at++;
            }
            else if (star >= 0)
            {
                token = star + 1;
                at = ++starAt;
            }
            else
            {
                return false;
            }
        }

        while (token < _tokens.Count && _tokens[token].Kind == TokenKind.AnyMany)
            token++;
        return token == _tokens.Count;
    }

    private static int ClassEnd(string text, int start)
    {
        var from = start + 1;
        if (from < text.Length && text[from] is '!' or '^')
            from++;
        // A bracket that stands first is a member of the class.
        return from + 1 <= text.Length ? text.IndexOf(']', Math.Min(from + 1, text.Length)) : -1;
    }

    private static Token ClassOf(ReadOnlySpan<char> members)
    {
        var isNegated = members.Length > 1 && members[0] is '!' or '^';
        if (isNegated)
            members = members[1..];

        var ranges = new List<(char From, char To)>();
        for (var i = 0; i < members.Length; i++)
        {
            var isRange = i + 2 < members.Length && members[i + 1] == '-';
            ranges.Add((members[i], isRange ? members[i + 2] : members[i]));
            if (isRange)
                i += 2;
        }

        return new Token(TokenKind.Class, Ranges: ranges, IsNegated: isNegated);
    }

    private sealed record Token(
        TokenKind Kind,
        char Character = '\0',
        List<(char From, char To)>? Ranges = null,
        bool IsNegated = false)
    {
        public bool Takes(char character) => Kind switch
        {
            TokenKind.AnyOne => true,
            TokenKind.Literal => character == Character,
            TokenKind.Class => Ranges!.Exists(range => character >= range.From && character <= range.To) != IsNegated,
            _ => false,
        };
    }
}
