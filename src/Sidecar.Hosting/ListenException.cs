namespace Sidecar.Hosting;

/// <summary>A listener can't be opened, most often because the port is in use: one clear line, exit code 1.</summary>
public sealed class ListenException(string variable, string address, Exception inner)
    : Exception($"{variable}={address}: can't listen there ({Why(inner)})", inner)
{
    private static string Why(Exception inner)
    {
        for (var e = inner; e is not null; e = e.InnerException)
        {
            if (e is System.Net.Sockets.SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    System.Net.Sockets.SocketError.AddressAlreadyInUse => "the port is in use; another port or the end of the other program is expected",
                    System.Net.Sockets.SocketError.AccessDenied => "permission denied; a port of 1024 or above is expected",
                    System.Net.Sockets.SocketError.AddressNotAvailable => "this machine has no such address",
                    var other => other.ToString(),
                };
            }
        }

        return inner is IOException ? inner.Message : inner.GetType().Name;
    }
}
