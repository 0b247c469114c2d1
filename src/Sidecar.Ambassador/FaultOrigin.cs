namespace Sidecar.Ambassador;

/// <summary>Where the fault of a request lies, seen from here; a label of metrics, so the set is closed.</summary>
internal enum FaultOrigin
{
    /// <summary>Our own app: it left in the middle, or asked for what is not allowed.</summary>
    App,

    /// <summary>Between us and the endpoint: a name, a connection, TLS.</summary>
    Network,

    /// <summary>The endpoint itself: it answered an error, or nothing.</summary>
    Endpoint,

    /// <summary>Something that the endpoint depends on, as its answer says.</summary>
    Deeper,
}
