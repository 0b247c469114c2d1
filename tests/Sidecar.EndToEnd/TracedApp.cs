using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.EndToEnd;

/// A small shop that does what tracing libraries do: it writes the trace of each request into its log, and sends it along with its own calls.
internal sealed class TracedApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempVolume _volume;
    private readonly Uri _stock;
    private readonly HttpClient _client = new(new SocketsHttpHandler { ActivityHeadersPropagator = null });

    private TracedApp(WebApplication app, TempVolume volume, Uri stock) => (_app, _volume, _stock) = (app, volume, stock);

    public bool IsSick { get; set; }

    /// Its log is app/orders.log in the volume; stock is where it believes its service to be.
    public static async Task<TracedApp> StartAsync(int port, TempVolume volume, Uri stock)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var shop = new TracedApp(builder.Build(), volume, stock);
        shop._app.Run(shop.AnswerAsync);
        await shop._app.StartAsync();
        return shop;
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var parent = context.Request.Headers["traceparent"].ToString();
        var trace = parent.Split('-') is [_, var id, ..] ? id : "none";
        if (context.Request.Path == "/health")
        {
            if (IsSick)
                Log($"ERROR shop.Health - the warehouse does not answer, trace_id={trace}");
            context.Response.StatusCode = IsSick ? 500 : 200;
            return;
        }

        var number = context.Request.Path.Value!.Split('/')[^1];
        Log($"INFO shop.Orders - order {number} asks for stock, trace_id={trace}");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_stock, $"/stock/{number}"));
        request.Headers.Add("traceparent", parent);
        using var answer = await _client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
    }

    private void Log(string text) => _volume.Append(
        "app/orders.log", $"{TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture)} [main] {text}\n");
}
