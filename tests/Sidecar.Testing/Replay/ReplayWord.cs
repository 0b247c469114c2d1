using System.Text;

namespace Sidecar.Testing.Replay;

/// One word of a request, Latin-1. Some are filled in when the stream runs, on each side with its own: "{id:1}" is the CLIENT ID of
/// connection 1, "{last}" the last DUMP that this connection heard.
internal static class ReplayWord
{
    public const string Last = "{last}";

    public static string IdOf(int connection) => $"{{id:{connection}}}";

    public static bool IsIdOf(string word, out int connection)
    {
        connection = 0;
        return word.StartsWith("{id:", StringComparison.Ordinal) && word.EndsWith('}')
            && int.TryParse(word.AsSpan(4, word.Length - 5), out connection);
    }

    /// As redis-cli takes it, so that a stream can be read, kept and run again.
    public static string Quote(string word)
    {
        if (word.Length > 0 && word.All(letter => letter is > ' ' and <= '~' and not ('"' or '\'' or '\\')) && word != ";")
            return word;
        // A long run of one letter is written short.
        if (word.Length > 200 && word.All(letter => letter == word[0]))
            return $"<{(int)word[0]:x2}*{word.Length}>";
        var quoted = new StringBuilder("\"");
        foreach (char letter in word)
        {
            _ = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                '\r' => quoted.Append("\\r"),
                '\n' => quoted.Append("\\n"),
                >= ' ' and <= '~' => quoted.Append(letter),
                _ => quoted.Append("\\x").Append(((int)letter).ToString("x2")),
            };
        }
        return quoted.Append('"').ToString();
    }

    /// The words of a line that Quote wrote.
    public static List<string> Split(string line)
    {
        var words = new List<string>();
        for (int i = 0; i < line.Length;)
        {
            if (line[i] == ' ')
                i++;
            else if (line[i] == '"')
                words.Add(Unquote(line, ref i));
            else
            {
                int end = line.IndexOf(' ', i) is var blank and >= 0 ? blank : line.Length;
                words.Add(Expand(line[i..end]));
                i = end;
            }
        }
        return words;
    }

    private static string Expand(string word) =>
        word.Length > 4 && word[0] == '<' && word[^1] == '>' && word.IndexOf('*', StringComparison.Ordinal) == 3
            ? new string((char)Convert.ToInt32(word[1..3], 16), int.Parse(word.AsSpan(4, word.Length - 5)))
            : word;

    private static string Unquote(string line, ref int i)
    {
        var word = new StringBuilder();
        for (i++; line[i] != '"'; i++)
        {
            if (line[i] != '\\')
                word.Append(line[i]);
            else if (line[++i] == 'x')
            {
                word.Append((char)Convert.ToInt32(line.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
                word.Append(line[i] switch { 'r' => '\r', 'n' => '\n', var letter => letter });
        }
        i++;
        return word.ToString();
    }
}
