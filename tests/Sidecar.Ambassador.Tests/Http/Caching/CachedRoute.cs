using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Tests.Http.Caching;

/// A route that keeps answers, in front of a backend that says how they may be kept and counts how often it was asked.
internal sealed class CachedRoute : IAsyncDisposable
{
    private readonly HttpBackend _backend;

    private CachedRoute(HttpBackend backend, RunningAmbassador ambassador, int port)
    {
        _backend = backend;
        Ambassador = ambassador;
        Client = RunningAmbassador.Client(port);
        Port = port;
    }

    public RunningAmbassador Ambassador { get; }

    public HttpClient Client { get; }

    public int Port { get; }

    public int Asked => _backend.Requests;

    public HttpBackend Backend => _backend;

    public static Task<CachedRoute> StartAsync(string answerHeaders, params (string Name, string Value)[] settings) => StartAsync(Answer(answerHeaders), settings);

    public static async Task<CachedRoute> StartAsync(RequestDelegate answer, params (string Name, string Value)[] settings)
    {
        var backend = await HttpBackend.StartAsync(answer);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, [("CACHE", "1MiB"), .. settings]);
        return new CachedRoute(backend, ambassador, port);
    }

    /// "Status: 404 | Cache-Control: max-age=5": each answer's body is how many were given before.
    public static RequestDelegate Answer(string headers)
    {
        var given = 0;
        return context =>
        {
            foreach (var (name, value) in Split(headers))
            {
                if (name == "Status") context.Response.StatusCode = int.Parse(value);
                else context.Response.Headers.Append(name, value.Replace("{now}", TimeProvider.System.GetUtcNow().ToString("R")).Replace("{soon}", TimeProvider.System.GetUtcNow().AddMinutes(5).ToString("R")));
            }

            var body = $"{Interlocked.Increment(ref given) - 1}";
            if (context.Response.StatusCode is 204 or 304) return Task.CompletedTask;
            context.Response.ContentLength = body.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(body);
        };
    }

    public async Task<CachedAnswer> AskAsync(string path = "/", string headers = "", HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        foreach (var (name, value) in Split(headers)) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return new CachedAnswer(
            answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), (int?)answer.Headers.Age?.TotalSeconds,
            Header(answer, "Cache-Status"), Header(answer, "Proxy-Status"), Header(answer, "ETag"), answer.Content.Headers.ContentLength);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Ambassador.DisposeAsync();
        await _backend.DisposeAsync();
    }

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";

    private static IEnumerable<(string Name, string Value)> Split(string headers) =>
        headers.Split(" | ", StringSplitOptions.RemoveEmptyEntries).Select(header => header.Split(':', 2)).Select(parts => (parts[0].Trim(), parts[1].Trim()));
}
