using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http;

/// <summary>How much an app may ask of the ambassador itself.</summary>
internal static class ServingSettings
{
    public static readonly Setting<TimeSpan> HeadersTimeout = Setting.Duration(
        "AMBASSADOR_HEADERS_TIMEOUT", "30s", "How long the line and the headers of an HTTP request may take to arrive; then it is answered 408.", min: "100ms", max: "1h");

    public static readonly Setting<long> MaxBody = AmbassadorSettings.Route.Size(
        "MAX_BODY", "0", "How large a request's body may be; a larger one is answered 413. 0 for any size.", max: "1TiB", shared: true, appliesTo: [AmbassadorSettings.Http]);

    public static IReadOnlyList<ISetting> All { get; } = [HeadersTimeout, MaxBody];
}
