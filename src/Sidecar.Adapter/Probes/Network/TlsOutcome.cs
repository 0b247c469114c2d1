namespace Sidecar.Adapter.Probes.Network;

/// What one handshake showed: why the certificate was refused, and until when it and those that vouch for it are good.
internal sealed class TlsOutcome
{
    public string? Refusal { get; set; }

    public DateTime? CertificateEnds { get; set; }

    /// It is one of those that vouch for it that ends first.
    public bool IsEndOfAuthority { get; set; }
}
