namespace Sidecar.Ambassador.Http;

/// <summary>What a listener takes from the app.</summary>
internal enum ListenProtocol
{
    /// <summary>Whichever of the two the app begins to speak.</summary>
    Auto,

    /// <summary>HTTP/1.1 only.</summary>
    H1,

    /// <summary>HTTP/2 only, with prior knowledge.</summary>
    H2,
}
