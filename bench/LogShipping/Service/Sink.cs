using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Sidecar.Testing;

namespace LogShipping.Service;

/// A CloudWatch that costs next to nothing: it takes every body off the connection, answers {}, and counts. It runs in a process of
/// its own, so that only the agent's work is the agent's. It says where it listens, and then its counters, on stdout.
internal sealed class Sink : IDisposable
{
    private static readonly TimeSpan Telling = TimeSpan.FromMilliseconds(20);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SinkCounters _counters = new();
    private readonly string _down;
    private readonly TestAuthority? _authority;
    private readonly SslServerAuthenticationOptions? _tls;

    private Sink(string folder, bool isSecure)
    {
        _down = Path.Combine(folder, SinkFolder.Down);
        if (isSecure)
        {
            _authority = new TestAuthority();
            File.WriteAllText(Path.Combine(folder, SinkFolder.Bundle), _authority.Pem);
            _tls = new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(_authority.Server, [_authority.Root], offline: true) };
        }

        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
    }

    /// Serves until the parent, who reads the counters, is gone. With TLS it leaves its authority in the folder.
    public static async Task RunAsync(string folder, bool isSecure)
    {
        using var sink = new Sink(folder, isSecure);
        Console.WriteLine($"{(isSecure ? "https" : "http")}://{sink._listener.LocalEndPoint}");
        new Thread(sink.Accept) { IsBackground = true, Name = "sink" }.Start();
        try
        {
            while (true)
            {
                await Task.Delay(Telling, TimeProvider.System);
                Console.WriteLine(sink._counters.ToString());
            }
        }
        catch (IOException)
        {
            // Nobody reads any more.
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _authority?.Dispose();
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = _listener.Accept();
                connection.NoDelay = true;
                new Thread(() => Serve(connection)) { IsBackground = true, Name = "sink connection" }.Start();
            }
        }
        catch (SocketException)
        {
            // Disposed: the measurement is over.
        }
    }

    private void Serve(Socket connection)
    {
        try
        {
            using var stream = Secure(new NetworkStream(connection, ownsSocket: true));
            var requests = new RequestReader(stream);
            while (requests.TryRead(out var body))
            {
                if (File.Exists(_down))
                {
                    stream.Write("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 40\r\n\r\n{\"__type\":\"ServiceUnavailableException\"}"u8);
                    continue;
                }

                _counters.Take(body, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
                stream.Write("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n{}"u8);
            }
        }
        catch (IOException)
        {
            // The agent has ended.
        }
    }

    private Stream Secure(NetworkStream clear)
    {
        if (_tls is null)
            return clear;
        var tls = new SslStream(clear);
        tls.AuthenticateAsServer(_tls);
        return tls;
    }
}
