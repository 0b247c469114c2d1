namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>Whether a PostgreSQL server is asked through TLS, in the words of its own clients.</summary>
internal enum SslMode
{
    Disable,

    /// <summary>Where the server can; its certificate is not looked at.</summary>
    Prefer,

    /// <summary>In any case; its certificate is not looked at.</summary>
    Require,

    /// <summary>In any case, and its certificate has to be good for its host.</summary>
    VerifyFull,
}
