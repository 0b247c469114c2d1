using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Http;

/// How a framework says that it is well: Spring's actuator, ASP.NET's health checks, MicroProfile, application/health+json.
/// Each has its words, and a list of parts that says which of them is not well.
internal sealed class Dialect
{
    private const int MaxParts = 5;

    /// The pages of our own kind: ok or not ok, and then a line for each reason.
    public static readonly Dialect Sidecar = new("sidecar", pass: ["ok"], warn: [], fail: ["not ok"], parts: []);

    private const string DegradedLine = "degraded: ";

    private static readonly Dialect[] All =
    [
        new("spring", pass: ["UP"], warn: ["UNKNOWN"], fail: ["DOWN", "OUT_OF_SERVICE"], parts: ["components", "details"]),
        new("aspnet", pass: ["Healthy"], warn: ["Degraded"], fail: ["Unhealthy"], parts: ["entries", "results", "checks"]),
        new("microprofile", pass: ["UP"], warn: [], fail: ["DOWN"], parts: ["checks"]),
        new("health+json", pass: ["pass", "ok", "up"], warn: ["warn"], fail: ["fail", "error", "down"], parts: ["checks"]),
        Sidecar,
    ];

    private readonly string _name;
    private readonly Dictionary<string, Answer> _words = new(StringComparer.OrdinalIgnoreCase);
    private readonly string[] _parts;

    private Dialect(string name, string[] pass, string[] warn, string[] fail, string[] parts)
    {
        _name = name;
        _parts = parts;
        foreach (var word in pass)
            _words[word] = Answer.Pass;
        foreach (var word in warn)
            _words[word] = Answer.Warn;
        foreach (var word in fail)
            _words[word] = Answer.Fail;
    }

    public static string Names => string.Join(", ", All.Select(dialect => dialect._name));

    public static Parsed<Dialect?> Read(string text) =>
        All.FirstOrDefault(dialect => dialect._name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found
            ? Parsed.Right<Dialect?>(found)
            : Parsed.Wrong<Dialect?>($"one of {Names} is expected");

    /// Null when the body is none of this dialect.
    public ProbeResult? Judge(ReadOnlySpan<byte> body, bool isCut)
    {
        if (isCut)
            return null;

        body = ContentRules.WithoutMark(body);
        if (this == Sidecar)
            return JudgeLines(body);

        // JSON is UTF-8; what is not is the Latin-1 of an older app, and its verdict counts all the same.
        if (!Utf8.IsValid(body))
            body = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(body));

        // ASP.NET writes the bare word unless it is told otherwise.
        if (body.Length <= 64 && _words.TryGetValue(Encoding.UTF8.GetString(body).Trim(), out var bare))
            return new ProbeResult(bare, Encoding.UTF8.GetString(body).Trim());

        try
        {
            var reader = new Utf8JsonReader(body);
            using var json = JsonDocument.ParseValue(ref reader);
            return Judge(json.RootElement);
        }
        // The second for a text within that is none, such as half of a surrogate pair.
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public override string ToString() => _name;

    /// What a sidecar says of the outside; it may be ready all the same.
    public static string[] Troubles(ReadOnlySpan<byte> body) => [.. Lines(body).Where(line => line.StartsWith(DegradedLine, StringComparison.Ordinal))];

    private ProbeResult? JudgeLines(ReadOnlySpan<byte> body)
    {
        var lines = Lines(body);
        if (lines.Length == 0 || !_words.TryGetValue(lines[0], out var answer))
            return null;

        return new ProbeResult(answer == Answer.Pass && Troubles(body).Length > 0 ? Answer.Warn : answer, lines.Length == 1 ? lines[0] : $"{lines[0]} ({string.Join("; ", lines[1..])})");
    }

    private static string[] Lines(ReadOnlySpan<byte> body) =>
        Encoding.UTF8.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private ProbeResult? Judge(JsonElement root)
    {
        // MicroProfile 1 called it outcome.
        if (Word(root, "status", "outcome", "Status") is not { } word || !_words.TryGetValue(word, out var answer))
            return null;

        var sick = answer == Answer.Pass ? [] : Named(root);
        var named = string.Join(", ", sick.Take(MaxParts)) + (sick.Count > MaxParts ? " and more" : "");
        return new ProbeResult(answer, sick.Count == 0 ? word : $"{word} ({named})");
    }

    // One more than is shown. The word has been said: a name that is no text changes nothing of it.
    private List<string> Named(JsonElement root)
    {
        List<string> names = [];
        try
        {
            foreach (var name in Sick(root).Take(MaxParts + 1))
                names.Add(name);
        }
        catch (InvalidOperationException)
        {
            names.Add("one whose name can't be read");
        }
        return names;
    }

    private static string? Word(JsonElement element, params ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;

        foreach (var name in names)
        {
            if (element.TryGetProperty(name, out var word))
                return word.ValueKind == JsonValueKind.String ? word.GetString() : null;
        }
        return null;
    }

    // What is not well, by name: an object of parts, an object of lists of parts (health+json), or a list of named parts.
    private IEnumerable<string> Sick(JsonElement root)
    {
        foreach (var property in _parts)
        {
            if (!root.TryGetProperty(property, out var parts))
                continue;

            if (parts.ValueKind == JsonValueKind.Object)
            {
                foreach (var part in parts.EnumerateObject().Where(part => IsSick(part.Value)))
                    yield return part.Name;
            }
            else if (parts.ValueKind == JsonValueKind.Array)
            {
                foreach (var part in parts.EnumerateArray().Where(IsSick))
                    yield return part.TryGetProperty("name", out var name) ? name.ToString() : "one without a name";
            }
        }
    }

    private bool IsSick(JsonElement part) => part.ValueKind == JsonValueKind.Array
        ? part.EnumerateArray().Any(IsSick)
        // And state that of a part.
        : Word(part, "status", "outcome", "Status", "state") is { } word && _words.TryGetValue(word, out var answer) && answer != Answer.Pass;
}
