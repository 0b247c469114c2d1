using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sidecar.EndToEnd;

/// Answers every request on a loopback port with a text, in the place of the endpoints that surround a container.
internal sealed class StandInHttp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StandInHttp(WebApplication app) => _app = app;

    public static Task<StandInHttp> StartAsync(int port, Func<string, string> answer, string contentType = "application/json") =>
        StartAsync(port, async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var request = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}\n{context.Request.Headers.Authorization}\n{await reader.ReadToEndAsync(context.RequestAborted)}";
            context.Response.ContentType = contentType;
            await context.Response.WriteAsync(answer(request), context.RequestAborted);
        });

    public static async Task<StandInHttp> StartAsync(int port, RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new StandInHttp(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
