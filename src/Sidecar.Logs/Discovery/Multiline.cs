using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Discovery;

/// Which lines belong to one event: each stands alone, those of traces carry on what they follow, or a pattern tells where events begin.
internal sealed record Multiline
{
    public static readonly Multiline Off = new() { Text = "off" };
    public static readonly Multiline Auto = new() { Text = "auto", Traces = TraceKinds.All, Learns = true };

    public const string Form = "auto, off, java, dotnet, python, go, node, ruby, php or start:<regex>";

    private const string StartPrefix = "start:";

    /// As it is set.
    public required string Text { get; init; }

    public TraceKinds Traces { get; private init; }

    /// Whether free text carries on an event in files that show how their events begin.
    public bool Learns { get; private init; }

    /// Where it says so, only lines that it matches begin an event.
    public StartPattern? Start { get; private init; }

    public bool Groups => Traces != TraceKinds.None;

    public static Parsed<Multiline> Read(string text)
    {
        if (text.StartsWith(StartPrefix, StringComparison.OrdinalIgnoreCase))
        {
            var pattern = StartPattern.Read(text[StartPrefix.Length..]);
            return pattern.IsRight
                ? Parsed.Right(Auto with { Text = text, Start = pattern.Value })
                : Parsed.Wrong<Multiline>($"{StartPrefix} is followed by one regular expression ({pattern.Expected})");
        }

        return text.ToLowerInvariant() switch
        {
            "auto" => Parsed.Right(Auto),
            "off" => Parsed.Right(Off),
            "java" => Of(text, TraceKinds.Java),
            "dotnet" => Of(text, TraceKinds.Dotnet),
            "python" => Of(text, TraceKinds.Python),
            "go" => Of(text, TraceKinds.Go),
            "node" => Of(text, TraceKinds.Node),
            "ruby" => Of(text, TraceKinds.Ruby),
            "php" => Of(text, TraceKinds.Php),
            _ => Parsed.Wrong<Multiline>($"{Form} is expected"),
        };
    }

    private static Parsed<Multiline> Of(string text, TraceKinds traces) => Parsed.Right(new Multiline { Text = text, Traces = traces });
}
