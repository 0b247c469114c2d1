using System.Net;
using System.Text.Json.Nodes;

namespace Demo;

/// Asks the adapter what an orchestrator would ask, twenty times a second, and keeps every change of its answer.
internal sealed class VerdictWatch(Uri health, Narrator narrator) : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly Lock _lock = new();
    private readonly List<(DateTimeOffset At, bool IsHealthy)> _changes = [];

    public IReadOnlyList<(DateTimeOffset At, bool IsHealthy)> Changes
    {
        get
        {
            lock (_lock)
                return [.. _changes];
        }
    }

    public bool? IsHealthy => Changes is [.., var last] ? last.IsHealthy : null;

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, TimeProvider.System);
        try
        {
            do
                await AskAsync(stopping);
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException)
        {
            // The play is over.
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task AskAsync(CancellationToken cancellation)
    {
        try
        {
            using var response = await _client.GetAsync(health, cancellation);
            var body = await response.Content.ReadAsStringAsync(cancellation);
            Note(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode} {Summary(body)}");
        }
        catch (HttpRequestException gone)
        {
            Note(isHealthy: false, gone.Message);
        }
    }

    private void Note(bool isHealthy, string answer)
    {
        if (IsHealthy == isHealthy)
            return;

        lock (_lock)
            _changes.Add((TimeProvider.System.GetUtcNow(), isHealthy));
        narrator.Say("verdict", answer);
    }

    /// What is not well, or the whole answer when it is no JSON.
    private static string Summary(string body)
    {
        if (!body.StartsWith('{') || JsonNode.Parse(body)?["checks"] is not JsonObject checks)
            return body.ReplaceLineEndings(" ").Trim();

        var entries = checks.SelectMany(check => check.Value!.AsArray().Select(entry => (check.Key, Entry: entry!))).ToList();
        var unwell = entries.Where(check => check.Entry["status"]?.ToString() != "pass").Select(check => $"{check.Key}: {check.Entry["output"]}").ToList();
        return unwell.Count > 0 ? string.Join("; ", unwell) : $"all {entries.Count} probes pass";
    }
}
