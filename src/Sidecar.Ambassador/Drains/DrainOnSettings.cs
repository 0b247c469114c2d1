using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Drains;

/// <summary>Whose verdict drains the ambassador.</summary>
internal static class DrainOnSettings
{
    private const string Form = "the http:// URL of a verdict";

    public static readonly Setting<string?> Url = Setting.Of(
        "AMBASSADOR_DRAIN_ON", Form, null,
        "While this answers 503, as sidecar-adapter does for an app that is not ready, the ambassador is not ready either and tells HTTP connections to close. All is served meanwhile.",
        Parsed.Right<string?>, example: "http://127.0.0.1:9473/health/ready");

    public static readonly Setting<TimeSpan> Interval = Setting.Duration(
        "AMBASSADOR_DRAIN_ON_INTERVAL", "1s", "How long the ambassador waits between two questions.", min: "50ms", max: "1h");

    public static readonly Setting<TimeSpan> Timeout = Setting.Duration(
        "AMBASSADOR_DRAIN_ON_TIMEOUT", "1s", "How long the answer may take. None in time is no verdict.", min: "10ms", max: "1m");

    public static readonly Setting<int> Fall = Setting.Integer(
        "AMBASSADOR_DRAIN_ON_FALL", 2, "After how many answers of 503 in a row the ambassador is drained.", min: 1, max: 1000);

    public static readonly Setting<int> Rise = Setting.Integer(
        "AMBASSADOR_DRAIN_ON_RISE", 1, "After how many answers of 200 in a row it is back.", min: 1, max: 1000);

    public static IReadOnlyList<ISetting> All { get; } = [Url, Interval, Timeout, Fall, Rise];

    /// <summary>Null when nobody is asked.</summary>
    /// <param name="routePorts">Where the ambassador itself listens, beside its admin port.</param>
    public static DrainOnOptions? Read(BoundSettings settings, IReadOnlyList<int> routePorts)
    {
        if (settings.Get(Url) is not { } text)
        {
            if (All.FirstOrDefault(settings.IsSet) is { } lonely) settings.Fault(Url.Variable, null, $"{Form} is expected beside {lonely.Variable}", Url.Example);
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || url.Host.Length == 0 || url.UserInfo.Length > 0)
        {
            settings.Fault(Url.Variable, UpstreamUrlParser.Mask(text), $"{Form} is expected, without user and password", Url.Example);
            return null;
        }

        if (url.IsLoopback && (url.Port == SharedSettings.AdminPort(settings) || routePorts.Contains(url.Port)))
            settings.Fault(Url.Variable, $"{url}", "the ambassador itself listens there: another's verdict is expected, or it would hold itself down", Url.Example);
        return new DrainOnOptions(url, settings.Get(Interval), settings.Get(Timeout), settings.Get(Fall), settings.Get(Rise));
    }
}
