using System.Globalization;

namespace Sidecar.Testing.Replay;

/// What one connection sends at once. Without requests it closes. Piece: how many bytes a packet has, 0 for all in one.
internal sealed record ReplayStep(int Connection, IReadOnlyList<ReplayRequest> Requests, int Piece = 0)
{
    /// It holds a command that blocks for a while, whose end is waited for.
    public bool Waits { get; } = Requests.Any(request => request.WaitsForAWhile);

    public static ReplayStep Of(int connection, params string[][] requests) =>
        new(connection, [.. requests.Select(words => new ReplayRequest(words))]);

    /// Reads what ToString wrote.
    public static ReplayStep Parse(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        string head = line[..colon].Trim();
        string[] parts = head.Split('/');
        var requests = new List<ReplayRequest>();
        var words = new List<string>();
        foreach (string word in ReplayWord.Split(line[(colon + 1)..]).Append(";"))
        {
            if (word != ";")
                words.Add(word);
            else if (words.Count > 0)
            {
                var form = words[0] switch { "~" => ReplayForm.Inline, "!" => ReplayForm.Raw, _ => ReplayForm.Frame };
                requests.Add(new ReplayRequest([.. form == ReplayForm.Frame ? words : words.Skip(1)], form));
                words.Clear();
            }
        }
        return new ReplayStep(
            int.Parse(parts[0], CultureInfo.InvariantCulture), requests, parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Connection}{(Piece > 0 ? $"/{Piece}" : "")}: {string.Join(" ; ", Requests)}");
}
