using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http.Telling;

/// <summary>What is told of each HTTP request.</summary>
internal static class TellingSettings
{
    public static readonly Setting<LogTarget?> AccessLog = AmbassadorSettings.Route.Of(
        "ACCESS_LOG", LogTarget.Form, null,
        "Where one JSON object a line is written for each HTTP request: its trace, status, endpoint, tries, bytes and times. With stdout the ambassador's own log goes to stderr.",
        LogTarget.Read, example: "stdout", shared: true, AmbassadorSettings.Http);

    public static readonly Setting<ContextHeaders?> Context = AmbassadorSettings.Route.Of(
        "CONTEXT_HEADERS", "names of headers, split at newlines if there is one, else at ;", null,
        "Headers that stand in a request's span and its line of the access log, beside going on. What looks like a secret is shown as ***.",
        ReadNames, example: "X-Tenant;X-User-Id", shared: true, AmbassadorSettings.Http);

    public static IReadOnlyList<ISetting> All { get; } = [AccessLog, Context];

    private static Parsed<ContextHeaders?> ReadNames(string text)
    {
        var names = ValueForms.List(text);
        return names.All(name => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            ? Parsed.Right<ContextHeaders?>(names.Count == 0 ? null : new ContextHeaders([.. names.Select(name => name.ToLowerInvariant())]))
            : Parsed.Wrong<ContextHeaders?>("names of headers are expected");
    }
}
