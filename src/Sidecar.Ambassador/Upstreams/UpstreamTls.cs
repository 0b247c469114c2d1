using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// What TLS towards an upstream needs: whom to trust, who we are, and the name that the peer's certificate has to carry. The files
/// are followed: a new connection uses what they hold now, or what they held last when that can't be used.
/// </summary>
/// <param name="serverName">The name that is asked for and verified instead of the peer's own.</param>
/// <param name="versions">What may be spoken.</param>
internal sealed class UpstreamTls(
    Secret? authorities, Secret? ownCertificate, Secret? ownKey, string? serverName, bool isInsecure, SslProtocols versions = SslProtocols.Tls12 | SslProtocols.Tls13)
{
    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RefusalPatience = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private (string Text, X509Certificate2Collection Certificates)? _authorities;
    private (string Text, SslStreamCertificateContext Context)? _identity;

    /// <summary>How the connection to a host is opened; the check tells afterwards what was wrong.</summary>
    public SslClientAuthenticationOptions Open(string host, out PeerCheck check)
    {
        var name = serverName ?? host;
        var judge = check = new PeerCheck(name, isInsecure);
        return new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = versions,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => judge.Accept(certificate, chain, errors),
            CertificateChainPolicy = Policy(),
            ClientCertificateContext = Identity(),
        };
    }

    /// <summary>Opens TLS on a connection. Fails with a <see cref="ConnectFailure"/> that says what was wrong.</summary>
    /// <param name="protocols">What is to be spoken on it, where that is said.</param>
    public async Task<SslStream> EncryptAsync(
        Stream connection, string host, TimeProvider time, CancellationToken cancellation, List<SslApplicationProtocol>? protocols = null)
    {
        var options = Open(host, out var check);
        options.ApplicationProtocols = protocols;
        var stream = new SslStream(connection);
        try
        {
            using var patience = new CancellationTokenSource(HandshakePatience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
            await stream.AuthenticateAsClientAsync(options, either.Token);
            return stream;
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            await stream.DisposeAsync();
            throw new ConnectFailure(ConnectFailureKind.Tls, $"no TLS handshake within {HandshakePatience.TotalSeconds:0.#} s", e);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await stream.DisposeAsync();
            var kind = check.HasComplaint || PeerCheck.RefusalOfOurs(e) != null ? ConnectFailureKind.Certificate : ConnectFailureKind.Tls;
            throw new ConnectFailure(kind, check.Explain(e), e);
        }
    }

    /// <summary>
    /// With TLS 1.3 a peer that does not like our certificate says so only after the handshake, at once: null, or what it says. What it
    /// says else is lost.
    /// </summary>
    public static async Task<string?> HearRefusalAsync(Stream connection, TimeProvider time, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(RefusalPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            _ = await connection.ReadAtLeastAsync(new byte[1], minimumBytes: 1, throwOnEndOfStream: false, either.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (IOException e)
        {
            return PeerCheck.RefusalOfOurs(e);
        }
    }

    /// <summary>Null unless the text holds certificates.</summary>
    public static X509Certificate2Collection? ReadAuthorities(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return null;
        }

        return certificates.Count > 0 ? certificates : null;
    }

    /// <summary>Null unless the first certificate belongs to the key; those behind it are sent along.</summary>
    public static SslStreamCertificateContext? ReadIdentity(string certificatePem, string keyPem)
    {
        try
        {
            var own = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            return SslStreamCertificateContext.Create(own, ReadAuthorities(certificatePem), offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (authorities == null) return policy;
        lock (_lock)
        {
            var text = authorities.Current;
            if (_authorities?.Text != text)
                _authorities = (text, ReadAuthorities(text) ?? _authorities?.Certificates ?? []);
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(_authorities.Value.Certificates);
        }

        return policy;
    }

    private SslStreamCertificateContext? Identity()
    {
        if (ownCertificate == null || ownKey == null) return null;
        lock (_lock)
        {
            var (certificate, key) = (ownCertificate.Current, ownKey.Current);
            var text = $"{certificate}\n{key}";
            if (_identity?.Text == text) return _identity.Value.Context;
            // While one of the two files is new and the other is not yet, the old pair goes on.
            if (ReadIdentity(certificate, key) is { } identity) _identity = (text, identity);
            return _identity?.Context;
        }
    }
}
