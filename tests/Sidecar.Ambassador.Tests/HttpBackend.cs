using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests;

/// A real HTTP server on loopback that does what the test says.
internal sealed class HttpBackend : IAsyncDisposable
{
    private const string OwnAgent = "sidecar-ambassador";

    private readonly WebApplication _app;
    private int _requests;

    private HttpBackend(IPAddress address, int port, RequestDelegate answer, HttpsConnectionAdapterOptions? tls = null, HttpProtocols protocols = HttpProtocols.Http1)
    {
        Port = port;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
            options.Listen(address, port, listen =>
            {
                listen.Protocols = protocols;
                if (tls != null) listen.UseHttps(tls);
            });
        });
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(context =>
        {
            if (context.Request.Headers.UserAgent != OwnAgent) Interlocked.Increment(ref _requests);
            return answer(context);
        });
    }

    public int Port { get; }

    /// Without what the ambassador asks for itself: a slow machine makes it ask more.
    public int Requests => Volatile.Read(ref _requests);

    public string Url => $"http://127.0.0.1:{Port}";

    public static Task<HttpBackend> StartAsync(string answer) => StartAsync(context => context.Response.WriteAsync(answer));

    public static async Task<HttpBackend> StartAsync(RequestDelegate answer, int port = 0, IPAddress? address = null)
    {
        var backend = new HttpBackend(address ?? IPAddress.Loopback, port == 0 ? FreePort.Next() : port, answer);
        await backend._app.StartAsync(TestContext.Current.CancellationToken);
        return backend;
    }

    /// One that speaks a certain version only: clear text has no other way to tell.
    public static async Task<HttpBackend> StartAsync(RequestDelegate answer, HttpProtocols protocols)
    {
        var backend = new HttpBackend(IPAddress.Loopback, FreePort.Next(), answer, protocols: protocols);
        await backend._app.StartAsync(TestContext.Current.CancellationToken);
        return backend;
    }

    /// The same by TLS.
    public static async Task<HttpBackend> StartAsync(RequestDelegate answer, HttpsConnectionAdapterOptions tls)
    {
        var backend = new HttpBackend(IPAddress.Loopback, FreePort.Next(), answer, tls);
        await backend._app.StartAsync(TestContext.Current.CancellationToken);
        return backend;
    }

    /// As a killed process: connections are reset, new ones are refused.
    public Task KillAsync() => _app.StopAsync(new CancellationToken(canceled: true));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _app.DisposeAsync();
    }
}
