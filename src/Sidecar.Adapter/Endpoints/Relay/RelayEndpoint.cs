using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Hosting.Admin;

namespace Sidecar.Adapter.Endpoints.Relay;

/// /probe?target=&amp;module= as blackbox_exporter answers it, so that what is configured for that keeps working. Off until hosts
/// are listed, because it asks whatever it is told to: anyone who reaches the admin port could reach them through us.
internal sealed class RelayEndpoint(RelayTargets targets, TimeProvider time) : IDisposable
{
    private const int MaxAtOnce = 16;
    private const string TimeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(9.5);
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(0.5);

    private readonly SemaphoreSlim _free = new(MaxAtOnce);

    public void Map(AdminEndpoints endpoints)
    {
        if (!targets.IsEmpty)
            endpoints.Get("/probe", AnswerAsync);
    }

    public void Dispose() => _free.Dispose();

    private async Task AnswerAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var module = query["module"].ToString() is { Length: > 0 } named ? named : RelayModules.Default;
        if (!RelayModules.Has(module))
        {
            await RefuseAsync(context, 400, $"unknown module; known: {RelayModules.Names}");
            return;
        }

        if (RelayModules.UrlOf(module, query["target"].ToString()) is not { } url)
        {
            await RefuseAsync(context, 400, "a target is expected: a URL, or host:port");
            return;
        }

        if (!targets.Allow(url))
        {
            await RefuseAsync(context, 403, $"this host is not in {AdapterSettings.ProbeTargets.Variable}");
            return;
        }

        if (!await _free.WaitAsync(TimeSpan.Zero, context.RequestAborted))
        {
            await RefuseAsync(context, 503, $"{MaxAtOnce} are being asked already");
            return;
        }

        try
        {
            await AskAsync(context, module, url);
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task AskAsync(HttpContext context, string module, Uri url)
    {
        var probe = RelayModules.Make(module, url, targets, time);
        using var ends = probe as IDisposable;
        using var timeout = new CancellationTokenSource(TimeoutOf(context.Request), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        var started = time.GetTimestamp();
        var result = await probe.AskAsync(either.Token);
        await Answers.BytesAsync(context, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(Text(result, time.GetElapsedTime(started))));
    }

    private string Text(ProbeResult result, TimeSpan took)
    {
        var text = new StringBuilder();
        Add("probe_success", "Displays whether or not the probe was a success", result.HasPassed ? 1 : 0);
        Add("probe_duration_seconds", "Returns how long the probe took to complete in seconds", took.TotalSeconds);
        foreach (var measure in result.Measures.Where(measure => measure.Name == "certificate_seconds_left"))
            Add("probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime", time.GetUtcNow().ToUnixTimeSeconds() + measure.Value);
        foreach (var measure in result.Measures.Where(measure => measure.Name == HttpProbe.StatusMeasure))
            Add("probe_http_status_code", "Response HTTP status code", measure.Value);
        return text.ToString();

        void Add(string name, string help, double value) =>
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value:R}\n");
    }

    private static TimeSpan TimeoutOf(HttpRequest request) =>
        double.TryParse(request.Headers[TimeoutHeader], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0.5 and < 120
            ? TimeSpan.FromSeconds(seconds) - Reserve
            : DefaultTimeout;

    private static Task RefuseAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        return Answers.TextAsync(context, why + "\n");
    }
}
