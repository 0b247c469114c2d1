namespace Sidecar.Ambassador.Http.Faults;

/// <summary>Why the ambassador answers itself, in the words of RFC 9209, section 2.3.</summary>
internal enum ProxyError
{
    DnsError,
    DestinationNotFound,
    DestinationUnavailable,
    ConnectionRefused,
    ConnectionTimeout,
    ConnectionTerminated,
    TlsCertificateError,
    TlsProtocolError,
    HttpResponseTimeout,
    HttpProtocolError,
    HttpRequestDenied,
    HttpRequestError,
    ConnectionLimitReached,
}
