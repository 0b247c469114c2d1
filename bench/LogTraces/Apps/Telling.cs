using System.Globalization;

namespace LogTraces.Apps;

/// Words, numbers, names and times for events, the same for the same seed.
internal sealed class Telling(int seed)
{
    private static readonly string[] Subjects = ["order", "payment", "cart", "invoice", "größe", "user Ærøskøbing", "session", "注文", "cache entry", "job"];
    private static readonly string[] Verbs = ["was stored", "could not be paid", "took too long", "is gone", "was retried", "wurde geprüft", "expired", "is 100% done", "→ next"];
    private static readonly string[] Names = ["Order", "Payment", "Cart", "Invoice", "User", "Session", "Cache", "Job", "Http", "Db"];
    private static readonly string[] Roles = ["Service", "Repository", "Client", "Worker", "Controller", "Filter"];

    private readonly Random _random = new(seed);
    private DateTime _time = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    public int Next(int below) => _random.Next(below);

    public bool OneIn(int many) => _random.Next(many) == 0;

    public T Any<T>(params T[] of) => of[_random.Next(of.Length)];

    public string Name => Any(Names);

    public string Type => Any(Names) + Any(Roles);

    public string Number => _random.Next(1, 2000).ToString(CultureInfo.InvariantCulture);

    public string Hex => _random.NextInt64().ToString("x", CultureInfo.InvariantCulture);

    public string Sentence
    {
        get
        {
            var text = $"{Any(Subjects)} {Number} {Any(Verbs)}";
            if (OneIn(3))
                text += $" id={Hex} took={Number}ms user=\"{Any(Subjects)}\"";
            return OneIn(200) ? text + " " + new string('x', Next(20_000)) : text;
        }
    }

    /// Free text as it follows in a message of several lines.
    public string Paragraph => string.Join('\n', Enumerable.Range(0, 1 + Next(4)).Select(_ => Any(
        Sentence, "SELECT * FROM orders", "WHERE id = " + Number, "  indented a little", "Content-Type: text/plain", "- " + Name, "* * *", "key: value", "")))
        .Trim('\n') is { Length: > 0 } text && text[0] != ' ' ? text : "more of it";

    public string Time(string form)
    {
        _time = _time.AddMilliseconds(_random.Next(40));
        return _time.ToString(form, CultureInfo.InvariantCulture);
    }

    public string Lines(int most, Func<string> line) => string.Join('\n', Enumerable.Range(0, 1 + Next(most)).Select(_ => line()));
}
