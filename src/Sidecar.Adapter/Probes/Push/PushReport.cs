namespace Sidecar.Adapter.Probes.Push;

/// What an app said of itself, and when.
internal sealed record PushReport(Answer Answer, string Text, long ReceivedAt)
{
    private const int MaxTextChars = 120;

    /// The first word is the state, the rest the reason: "fail queue is stuck". Nothing at all is a pass. Null for any other word.
    public static (Answer Answer, string Text)? Read(string said)
    {
        var words = said.Trim().Split((char[])[' ', ':', '\n', '\t'], 2, StringSplitOptions.TrimEntries);
        Answer? answer = words[0].ToLowerInvariant() switch
        {
            "" or "ok" or "pass" or "up" => Probes.Answer.Pass,
            "warn" or "degraded" => Probes.Answer.Warn,
            "fail" or "down" => Probes.Answer.Fail,
            _ => null,
        };
        return answer is { } state ? (state, Shorten(words.Length > 1 ? words[1] : "")) : null;
    }

    public static string Shorten(string text)
    {
        var clean = new string([.. Excerpt.Start(text, MaxTextChars).Select(character => char.IsControl(character) ? ' ' : character)]);
        return clean.Trim();
    }
}
