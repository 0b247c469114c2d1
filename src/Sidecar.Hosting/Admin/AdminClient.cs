using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Admin;

/// <summary>
/// Asks the running agent's admin port from the command line. A bare socket that blocks, because HEALTHCHECK starts this every
/// few seconds: an HTTP client, or the threads that wait for sockets, would cost more than the answer.
/// </summary>
public sealed class AdminClient(BoundSettings settings)
{
    private const int MaxAnswerBytes = 1 << 20;

    /// <summary>The status code and body; null with the reason when nobody answered in time. Never throws for what the network does.</summary>
    public (int Status, string Body)? Ask(string method, string path, string body, Action<string> onFailure, TimeSpan timeout)
    {
        var end = EndPoint();
        (int Status, string Body)? answer = null;
        string? trouble = null;
        // A thread that may wait for ever, because connecting to a queue that nobody serves can't be given a time-out at this price.
        var asking = new Thread(() => answer = Exchange(end, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}", out trouble))
        {
            IsBackground = true,
        };
        asking.Start();
        var isDone = asking.Join(timeout);
        if (!isDone || answer is null)
            onFailure(isDone ? trouble! : $"{end}: no answer in time");
        return isDone ? answer : null;
    }

    private static (int Status, string Body)? Exchange(EndPoint end, string request, out string? trouble)
    {
        trouble = null;
        try
        {
            using var socket = end is UnixDomainSocketEndPoint
                ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(end);
            socket.Send(Encoding.UTF8.GetBytes(request));
            return Parse(ReadToEnd(socket));
        }
        catch (Exception e) when (e is SocketException or IOException or FormatException)
        {
            trouble = e is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? $"nothing listens on {end}" : $"{end}: {e.Message}";
            return null;
        }
    }

    private EndPoint EndPoint()
    {
        if (settings.Get(SharedSettings.ControlSocket) is { } path && File.Exists(path))
        {
            return new UnixDomainSocketEndPoint(path);
        }

        var listen = settings.Get(SharedSettings.AdminListen);
        var address = listen?.Address is null || listen.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : listen.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : listen.Address;
        return new IPEndPoint(address, SharedSettings.AdminPort(settings));
    }

    private static byte[] ReadToEnd(Socket socket)
    {
        var answer = new byte[16 * 1024];
        var length = 0;
        while (length < MaxAnswerBytes)
        {
            if (length == answer.Length)
            {
                Array.Resize(ref answer, answer.Length * 2);
            }

            var read = socket.Receive(answer.AsSpan(length));
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return answer[..length];
    }

    private static (int Status, string Body) Parse(byte[] answer)
    {
        var head = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        if (head < 12 || !answer.AsSpan().StartsWith("HTTP/1.1 "u8))
        {
            throw new FormatException("not an HTTP answer");
        }

        return (int.Parse(answer.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture), Encoding.UTF8.GetString(answer.AsSpan(head + 4)));
    }
}
