using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Network;

/// Whom a probe believes and who it says it is. Files are read again when they change, because certificates are renewed
/// while we run. Says in our words why a certificate is refused.
internal sealed class TlsTrust
{
    private readonly FollowedFile<X509Certificate2Collection>? _roots;
    private readonly FollowedFile<X509Certificate2Collection>? _own;

    public TlsTrust(string? caFile = null, string? certFile = null, string? keyFile = null)
    {
        _roots = caFile is null ? null : new(caFile, ReadRoots);
        _own = certFile is null ? null : new(certFile, path => ReadOwn(path, keyFile ?? path));
    }

    public string? ServerName { get; init; }

    public bool IsInsecure { get; init; }

    /// A certificate that ends sooner is worth a warning.
    public TimeSpan ExpiryWarning { get; init; }

    /// Reads the settings and the files; null with a fault when one of them holds nothing to use.
    public static TlsTrust? Read(NamedThing thing, BoundSettings settings)
    {
        var (ca, cert, key) = (thing.Get(TlsSettings.CaFile), thing.Get(TlsSettings.CertFile), thing.Get(TlsSettings.KeyFile));
        var trust = new TlsTrust(ca, cert, key)
        {
            ServerName = thing.Get(TlsSettings.ServerName),
            IsInsecure = thing.Get(TlsSettings.Insecure),
            ExpiryWarning = thing.Get(TlsSettings.ExpiryWarning),
        };
        var faults = settings.Faults.Count;
        if (ca is not null && trust._roots!.Current is null)
            settings.Fault(thing.VariableOf(TlsSettings.CaFile), ca, "a file with at least one certificate in PEM form is expected");
        if (cert is not null && trust._own!.Current is null)
            settings.Fault(thing.VariableOf(TlsSettings.CertFile), cert, "a certificate in PEM form is expected, with its key in the same file or in _TLS_KEY_FILE");
        if (key is not null && cert is null)
            settings.Fault(thing.VariableOf(TlsSettings.KeyFile), key, $"a certificate for the key is expected: {thing.VariableOf(TlsSettings.CertFile)}");
        return settings.Faults.Count == faults ? trust : null;
    }

    public SslClientAuthenticationOptions Options(string host, TlsOutcome outcome) => new()
    {
        TargetHost = ServerName ?? host,
        CertificateChainPolicy = Policy(),
        ClientCertificates = _own?.Current,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            NoteEnd(outcome, certificate as X509Certificate2, chain);
            if (errors == SslPolicyErrors.None || IsInsecure)
                return true;

            outcome.Refusal = Explain(errors, chain);
            return false;
        },
    };

    /// What an answer becomes: how long the certificate still lasts is a measure, below zero once it is refused for that, and a
    /// warning near its end.
    public ProbeResult Weigh(ProbeResult result, TlsOutcome outcome, TimeProvider time)
    {
        if (outcome.CertificateEnds is not { } ends)
            return result;

        var left = ends - time.GetUtcNow().UtcDateTime;
        var whose = outcome.IsEndOfAuthority ? "an authority of the certificate" : "the certificate";
        var when = left < TimeSpan.Zero ? $"ended {-left.TotalDays:0.#} days ago" : $"ends in {left.TotalDays:0.#} days";
        var weighed = result with { Measures = result.Measures.Add(new Measure("certificate_seconds_left", Math.Round(left.TotalSeconds))) };
        return result.Answer == Answer.Pass && ExpiryWarning > TimeSpan.Zero && left < ExpiryWarning
            ? weighed with { Answer = Answer.Warn, Reason = $"{result.Reason}; {whose} {when}" }
            : weighed;
    }

    // The server is refused when the first of the chain ends. A root that it does not send is ours to renew, but counts as well.
    private static void NoteEnd(TlsOutcome outcome, X509Certificate2? leaf, X509Chain? chain)
    {
        (outcome.CertificateEnds, outcome.IsEndOfAuthority) = (leaf?.NotAfter.ToUniversalTime(), false);
        foreach (var element in chain?.ChainElements.AsEnumerable() ?? [])
        {
            var end = element.Certificate.NotAfter.ToUniversalTime();
            if (end < outcome.CertificateEnds)
                (outcome.CertificateEnds, outcome.IsEndOfAuthority) = (end, true);
        }
    }

    private X509ChainPolicy? Policy()
    {
        if (_roots?.Current is not { } roots)
            return null;

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static X509Certificate2Collection? ReadRoots(string path)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(File.ReadAllText(path));
        return roots.Count == 0 ? null : roots;
    }

    private static X509Certificate2Collection? ReadOwn(string certFile, string keyFile)
    {
        try
        {
            return [X509Certificate2.CreateFromPemFile(certFile, keyFile)];
        }
        catch (Exception useless) when (useless is CryptographicException or ArgumentException)
        {
            return null;
        }
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
