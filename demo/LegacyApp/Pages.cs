using System.Globalization;
using System.Net;
using System.Text;

namespace LegacyApp;

/// What the app answers by HTTP. /health says OK whatever the worker does: it only knows that this thread lives. /orders/7 asks the stock
/// service, passes on the traceparent that it got, and writes its trace id: all that following a request takes of an app.
internal sealed class Pages : IDisposable
{
    private const string TraceParent = "traceparent";
    private const string Orders = "/orders/";

    private readonly HttpListener _listener = new();
    private readonly HttpClient _stock;
    private readonly OrderLog _log;

    public Pages(int port, Uri service, OrderLog log)
    {
        _stock = new HttpClient { BaseAddress = service, Timeout = TimeSpan.FromSeconds(5) };
        _log = log;
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/"));
        _listener.Start();
    }

    public void Run()
    {
        while (_listener.IsListening)
        {
            try
            {
                Answer(_listener.GetContext());
            }
            catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Whoever asked has gone, or the program is ending.
            }
        }
    }

    public void Dispose()
    {
        _listener.Close();
        _stock.Dispose();
    }

    private void Answer(HttpListenerContext context)
    {
        var path = context.Request.Url?.AbsolutePath ?? "";
        var (status, body) = path switch
        {
            "/health" => (HttpStatusCode.OK, "OK\n"),
            _ when path.StartsWith(Orders, StringComparison.Ordinal) => AskForStock(path[Orders.Length..], context.Request.Headers[TraceParent]),
            _ => (HttpStatusCode.NotFound, "there is only /health and /orders/<number>\n"),
        };
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "text/plain";
        context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: true);
    }

    private (HttpStatusCode Status, string Body) AskForStock(string order, string? traceParent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/stock/" + order, UriKind.Relative));
        // 00-<trace id>-<span id>-<flags>
        var trace = traceParent?.Split('-') is [_, { Length: 32 } id, _, _] ? $", trace_id={id}" : "";
        if (trace.Length > 0)
            request.Headers.Add(TraceParent, traceParent);
        try
        {
            using var response = _stock.Send(request);
            using var text = new StreamReader(response.Content.ReadAsStream());
            _log.Write($"{OrderLog.Stamp()} INFO  [web] Shop - order {order} asks for stock: {(int)response.StatusCode}{trace}\n");
            return (response.StatusCode, text.ReadToEnd());
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            _log.Write($"{OrderLog.Stamp()} ERROR [web] Shop - order {order} gets no stock: {failure.Message.ReplaceLineEndings(" ")}{trace}\n");
            return (HttpStatusCode.BadGateway, "the stock service does not answer\n");
        }
    }
}
