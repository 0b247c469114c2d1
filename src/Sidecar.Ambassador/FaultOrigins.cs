namespace Sidecar.Ambassador;

/// <summary>How origins of faults are written, in metrics and logs alike.</summary>
internal static class FaultOrigins
{
    public static string Text(this FaultOrigin origin) => origin switch
    {
        FaultOrigin.App => "app",
        FaultOrigin.Network => "network",
        FaultOrigin.Endpoint => "endpoint",
        _ => "deeper",
    };
}
