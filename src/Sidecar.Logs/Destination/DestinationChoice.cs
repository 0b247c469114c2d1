using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Destination;

/// What LOGS_DESTINATION names; a path only for a file.
internal sealed record DestinationChoice(DestinationKind Kind, string Path = "")
{
    public const string Form = "cloudwatch, stdout or file:<path>";

    public static Parsed<DestinationChoice> Read(string text) => text switch
    {
        "cloudwatch" => Parsed.Right(new DestinationChoice(DestinationKind.CloudWatch)),
        "stdout" => Parsed.Right(new DestinationChoice(DestinationKind.Stdout)),
        _ when text.StartsWith("file:/", StringComparison.Ordinal) => Parsed.Right(new DestinationChoice(DestinationKind.File, text["file:".Length..])),
        _ when text.StartsWith("file:", StringComparison.Ordinal) => Parsed.Wrong<DestinationChoice>("an absolute path is expected after file:"),
        _ => Parsed.Wrong<DestinationChoice>($"{Form} is expected"),
    };
}
