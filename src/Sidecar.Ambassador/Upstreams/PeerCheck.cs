using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>Judges the certificate that one TLS connection was shown, and says what is wrong with it in words that help to mend it.</summary>
internal sealed class PeerCheck(string name, bool isInsecure)
{
    private const int MostNames = 5;

    private string? _complaint;

    public bool Accept(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || isInsecure) return true;
        _complaint = certificate is X509Certificate2 shown ? Judge(shown, chain, errors) : "it shows no certificate";
        return false;
    }

    /// <summary>Why a handshake failed, or a connection right after it: framework messages are stripped from trimmed programs.</summary>
    public string Explain(Exception failure)
    {
        if (_complaint != null) return $"TLS failed: {_complaint}";
        var inner = failure;
        while (inner.InnerException != null) inner = inner.InnerException;
        if (inner.Message.Contains("certificate required", StringComparison.Ordinal) || inner.Message.Contains("handshake failure", StringComparison.Ordinal))
            return "TLS failed: it asks for a client certificate";
        if (inner.Message.Contains("unknown ca", StringComparison.Ordinal) || inner.Message.Contains("bad certificate", StringComparison.Ordinal)
            || inner.Message.Contains("certificate expired", StringComparison.Ordinal))
            return $"TLS failed: it does not accept our client certificate ({inner.Message})";
        return failure is AuthenticationException ? $"TLS failed: {inner.Message}" : "the connection was reset";
    }

    private string Judge(X509Certificate2 shown, X509Chain? chain, SslPolicyErrors errors)
    {
        var faults = new List<string>();
        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) faults.Add($"is for {NamesOf(shown)}, not for '{name}'");
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid)) faults.Add($"is valid from {shown.NotBefore.ToUniversalTime():u} to {shown.NotAfter.ToUniversalTime():u}");
        if (status.HasFlag(X509ChainStatusFlags.UntrustedRoot) || status.HasFlag(X509ChainStatusFlags.PartialChain))
            faults.Add($"was issued by '{shown.Issuer}', which is not trusted");
        if (faults.Count == 0) faults.Add($"does not verify ({status})");
        return $"its certificate {string.Join(", and ", faults)}";
    }

    private static string NamesOf(X509Certificate2 shown)
    {
        var extension = shown.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        if (extension == null) return $"'{shown.Subject}'";
        var names = extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())).ToList();
        return string.Join(", ", names.Take(MostNames).Select(name => $"'{name}'")) + (names.Count > MostNames ? " and others" : "");
    }
}
