namespace LogShipping.Service;

/// What the sink and the measuring process leave for each other.
internal static class SinkFolder
{
    public const string Bundle = "authority.pem";

    /// While it is there, the service is unavailable.
    public const string Down = "down";
}
