namespace Sidecar.Hosting.Admin.Page;

/// <summary>How a word of state looks: the class of the page's style.</summary>
internal static class Tone
{
    public static string Of(string word) => word switch
    {
        "healthy" or "up" or "ok" or "closed" or "connected" or "true" => "good",
        "degraded" or "unfit" or "half-open" => "warn",
        "unhealthy" or "down" or "open" or "false" => "bad",
        _ => "calm",
    };
}
