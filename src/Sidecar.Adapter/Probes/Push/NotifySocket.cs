using System.Net.Sockets;
using System.Text;
using Sidecar.Hosting;

namespace Sidecar.Adapter.Probes.Push;

/// Listens for what an app says of itself in systemd's way (sd_notify): READY=1, WATCHDOG=1, STATUS=..., STOPPING=1, one
/// datagram on a unix socket. Read at once, since an app that notifies waits when nobody reads.
internal sealed class NotifySocket(string path, PushBox box) : IDisposable
{
    private const int MaxDatagramBytes = 4096;

    private Socket? _socket;
    private Task? _reading;
    private string _status = "";
    private bool _isDisposed;

    /// Null when it is open; else why not. Opens it anew if it has to.
    public string? Open()
    {
        if (_reading is { IsCompleted: false } && File.Exists(path))
            return null;

        _socket?.Dispose();
        try
        {
            if (SocketFile.Clear(path) is { } obstacle)
            {
                return obstacle == SocketObstacle.Served
                    ? "another program listens where the notify socket belongs: a path of its own is expected"
                    : "what stands where the notify socket belongs is no socket, and is left alone: another path is expected";
            }

            _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            _socket.Bind(new UnixDomainSocketEndPoint(path));
            // The app runs as another user in another container; all it can do here is to report.
            File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
            _reading = ReadAsync(_socket);
            return null;
        }
        catch (Exception closed) when (closed is SocketException or IOException or UnauthorizedAccessException)
        {
            return "the notify socket can't be opened: its folder has to be there, and ours to write to";
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        // Takes its file along.
        _socket?.Dispose();
    }

    private async Task ReadAsync(Socket socket)
    {
        var datagram = new byte[MaxDatagramBytes];
        // When it ends, whyever, the next look opens the socket anew.
        try
        {
            while (!_isDisposed)
            {
                var length = await socket.ReceiveAsync(datagram);
                Take(Encoding.UTF8.GetString(datagram, 0, length));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
        }
    }

    private void Take(string datagram)
    {
        var lines = datagram.Split('\n', StringSplitOptions.TrimEntries);
        if (lines.FirstOrDefault(line => line.StartsWith("STATUS=", StringComparison.Ordinal)) is { } status)
            _status = PushReport.Shorten(status["STATUS=".Length..]);

        if (lines.Contains("STOPPING=1"))
            box.Put(Answer.Fail, $"the app is stopping{Remark()}");
        else if (lines.Contains("WATCHDOG=trigger"))
            box.Put(Answer.Fail, $"the app says that it hangs{Remark()}");
        // One that only keeps its watchdog alive is ready too.
        else if (lines.Contains("READY=1") || lines.Contains("WATCHDOG=1"))
            box.Put(Answer.Pass, _status);
    }

    // The status may be of better days, so it can't be the reason.
    private string Remark() => _status.Length > 0 ? $" ({_status})" : "";
}
