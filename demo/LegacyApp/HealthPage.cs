using System.Globalization;
using System.Net;

namespace LegacyApp;

/// Says OK to whoever asks for /health, whatever the worker does: it only knows that this thread lives.
internal sealed class HealthPage : IDisposable
{
    private readonly HttpListener _listener = new();

    public HealthPage(int port)
    {
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/"));
        _listener.Start();
    }

    public void Run()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = _listener.GetContext();
                context.Response.StatusCode = context.Request.Url?.AbsolutePath == "/health" ? 200 : 404;
                context.Response.ContentType = "text/plain";
                context.Response.Close("OK\n"u8.ToArray(), willBlock: true);
            }
            catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Whoever asked has gone, or the program is ending.
            }
        }
    }

    public void Dispose() => _listener.Close();
}
