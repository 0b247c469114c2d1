using System.Text.RegularExpressions;

namespace Sidecar.Logs.Destination;

/// Why the SDK found no credentials, in a line. Its chain tells what each of its links met: four texts, of which those about what nobody
/// has set up say nothing.
internal static partial class MissingCredentials
{
    private const string Nowhere =
        "neither AWS_ACCESS_KEY_ID, nor a web identity (AWS_WEB_IDENTITY_TOKEN_FILE), a profile (AWS_PROFILE), the role of the task or pod, nor the instance's metadata has any";

    /// What a link says that has nothing to go by.
    private static readonly string[] NotSetUp =
    [
        "The environment variables ", "The webIdentityTokenFile must be ", "Unable to find the \"default\" profile", "Failed to connect to EC2 instance metadata",
    ];

    public static string Reason(Exception exception)
    {
        var message = exception.Message.ReplaceLineEndings(" ");
        var links = Links().Split(message);
        return links.Length == 1
            ? message
            : string.Join("; ", links[1..].Where(link => !NotSetUp.Any(start => link.StartsWith(start, StringComparison.Ordinal))).Prepend(Nowhere)).TrimEnd(' ', '.');
    }

    [GeneratedRegex(@"\s*Exception \d+ of \d+:\s*")]
    private static partial Regex Links();
}
