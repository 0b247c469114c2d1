using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Adapter.Probes;

/// Whom a probe believes: the system's roots, or those of one file. Says in our words why a certificate is refused.
internal sealed class TlsTrust
{
    public static readonly TlsTrust SystemRoots = new(null);

    private readonly X509Certificate2Collection? _roots;

    private TlsTrust(X509Certificate2Collection? roots) => _roots = roots;

    /// Null when the file holds no certificate. Throws for a file that can't be read.
    public static TlsTrust? FromFile(string path)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(File.ReadAllText(path));
        return roots.Count == 0 ? null : new TlsTrust(roots);
    }

    public SslClientAuthenticationOptions Options(string host, Action<string> refused) => new()
    {
        TargetHost = host,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, _, chain, errors) =>
        {
            if (errors != SslPolicyErrors.None)
                refused(Explain(errors, chain));
            return errors == SslPolicyErrors.None;
        },
    };

    private X509ChainPolicy? Policy()
    {
        if (_roots is null)
            return null;

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(_roots);
        return policy;
    }

    private static string Explain(SslPolicyErrors errors, X509Chain? chain)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "TLS: no certificate was shown";

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return "TLS: the certificate is for another name";

        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        return status switch
        {
            _ when status.HasFlag(X509ChainStatusFlags.NotTimeValid) => "TLS: the certificate has expired or is not valid yet",
            _ when status.HasFlag(X509ChainStatusFlags.UntrustedRoot) || status.HasFlag(X509ChainStatusFlags.PartialChain) =>
                "TLS: the certificate is not from a trusted authority (_TLS_CA_FILE)",
            _ => $"TLS: the certificate is refused ({status})",
        };
    }
}
