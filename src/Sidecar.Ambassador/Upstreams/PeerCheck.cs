using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>Judges the certificate that one TLS connection was shown, and says what is wrong with it in words that help to mend it.</summary>
internal sealed class PeerCheck(string name, bool isInsecure)
{
    private const int MostNames = 5;

    private string? _complaint;

    /// <summary>The certificate that was shown is what is wrong.</summary>
    public bool HasComplaint => _complaint != null;

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
        if (RefusalOfOurs(failure) is { } refusal) return refusal;
        return failure is AuthenticationException ? $"TLS failed: {Innermost(failure).Message}" : "the connection was reset";
    }

    /// <summary>
    /// What a peer says that did not like our certificate; null when it was something else. With TLS 1.3 it is heard only when
    /// the first answer is read, but nothing of what was sent until then was looked at.
    /// </summary>
    public static string? RefusalOfOurs(Exception failure)
    {
        var words = Innermost(failure).Message;
        if (words.Contains("certificate required", StringComparison.Ordinal) || words.Contains("handshake failure", StringComparison.Ordinal))
            return "TLS failed: it asks for a client certificate";
        return words.Contains("unknown ca", StringComparison.Ordinal) || words.Contains("bad certificate", StringComparison.Ordinal)
            || words.Contains("certificate expired", StringComparison.Ordinal)
            ? $"TLS failed: it does not accept our client certificate ({words})"
            : null;
    }

    private static Exception Innermost(Exception failure)
    {
        while (failure.InnerException != null) failure = failure.InnerException;
        return failure;
    }

    private string Judge(X509Certificate2 shown, X509Chain? chain, SslPolicyErrors errors)
    {
        var faults = new List<string>();
        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) faults.Add($"is for {NamesOf(shown)}, not for '{name}'");
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid)) faults.Add(Dates(shown, chain!));
        if (status.HasFlag(X509ChainStatusFlags.UntrustedRoot) || status.HasFlag(X509ChainStatusFlags.PartialChain))
            faults.Add($"was issued by '{shown.Issuer}', which is not trusted");
        if (faults.Count == 0) faults.Add($"does not verify ({status})");
        return $"its certificate {string.Join(", and ", faults)}";
    }

    private static string Dates(X509Certificate2 shown, X509Chain chain)
    {
        var culprit = chain.ChainElements.FirstOrDefault(element => element.ChainElementStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid))?.Certificate ?? shown;
        var whose = culprit.Thumbprint == shown.Thumbprint ? "" : $"was issued by '{culprit.Subject}', which ";

        // The policy was made for this connection.
        var fault = culprit.NotAfter < chain.ChainPolicy.VerificationTime ? "has expired" : "is not valid yet";
        return $"{whose}{fault}: it is valid from {culprit.NotBefore.ToUniversalTime():u} to {culprit.NotAfter.ToUniversalTime():u}";
    }

    private static string NamesOf(X509Certificate2 shown)
    {
        var extension = shown.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        if (extension == null) return $"'{shown.Subject}'";
        var names = extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())).ToList();
        return string.Join(", ", names.Take(MostNames).Select(name => $"'{name}'")) + (names.Count > MostNames ? " and others" : "");
    }
}
