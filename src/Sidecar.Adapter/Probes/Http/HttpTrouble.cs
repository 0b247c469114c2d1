using System.Net.Sockets;
using Sidecar.Adapter.Probes.Network;

namespace Sidecar.Adapter.Probes.Http;

/// Says in our words what kept an answer from us, because a trimmed program has no texts of the framework's.
internal static class HttpTrouble
{
    public static string Explain(HttpRequestException trouble) => trouble.HttpRequestError switch
    {
        HttpRequestError.InvalidResponse => "the answer is not HTTP",
        HttpRequestError.ResponseEnded => "the connection was closed before an answer",
        HttpRequestError.ConfigurationLimitExceeded => "the answer's headers are too large",
        HttpRequestError.SecureConnectionError => "the TLS handshake failed",
        _ when trouble.InnerException is SocketException socket => Dialer.Explain(socket),
        _ when trouble.InnerException is IOException { InnerException: SocketException socket } => Dialer.Explain(socket),
        var other => $"no answer ({other})",
    };
}
