namespace Sidecar.Adapter.Probes.Network;

/// What one handshake showed: why the certificate was refused, and until when it is good.
internal sealed class TlsOutcome
{
    public string? Refusal { get; set; }

    public DateTime? CertificateEnds { get; set; }
}
