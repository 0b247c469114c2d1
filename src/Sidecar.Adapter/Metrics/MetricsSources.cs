using System.Collections.Immutable;
using System.IO.Enumeration;
using System.Text;
using Sidecar.Adapter.Metrics.Pod;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Metrics;

/// Reads where further metrics come from; says every fault.
internal static class MetricsSources
{
    private const int MaxFiles = 1000;
    private const int MaxPodSeries = 10_000;

    private static readonly TimeSpan PodTimeout = TimeSpan.FromSeconds(2);

    private static readonly Lazy<HttpClient> Client = new(() => new HttpClient(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    }));

    public static ImmutableArray<MetricsSource> Read(BoundSettings settings) =>
        [.. settings.Named(MetricsSettings.Source).Select(thing => Read(thing, settings)).OfType<MetricsSource>(), .. ReadPod(settings)];

    private static IEnumerable<MetricsSource> ReadPod(BoundSettings settings)
    {
        if (settings.Get(MetricsSettings.View) == PodView.Auto && PodMetrics.Read(settings) is { } pod)
            yield return new MetricsSource(PodMetrics.Name, pod.Shown, pod.RenderAsync) { Timeout = PodTimeout, MaxSeries = MaxPodSeries };
    }

    private static MetricsSource? Read(NamedThing thing, BoundSettings settings)
    {
        var maxSize = thing.Get(MetricsSettings.MaxSize);
        Func<CancellationToken, Task<string>>? read = null;
        if (Uri.TryCreate(thing.Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0)
            read = cancellation => GetAsync(NetworkTarget.Askable(url), maxSize, cancellation);
        else if (thing.Value.StartsWith("file:/", StringComparison.Ordinal))
            read = _ => Task.FromResult(ReadFiles(thing.Value["file:".Length..], maxSize));

        if (read is null)
        {
            settings.Fault(thing.Variable, thing.Shown, "an http or https URL without user and password, or file:/path/*.prom, is expected", "http://localhost:8080/metrics");
            return null;
        }

        return new MetricsSource(thing.Name, thing.Shown, read)
        {
            Timeout = thing.Get(MetricsSettings.Timeout),
            MaxSeries = thing.Get(MetricsSettings.MaxSeries),
            Values = thing.Get(MetricsSettings.Values),
        };
    }

    public static async Task<string> GetAsync(Uri url, long maxSize, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", "text/plain;version=0.0.4, application/json, */*;q=0.1");
        request.Headers.TryAddWithoutValidation(MergedMetrics.LoopHeader, "1");
        using var answer = await Client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidDataException($"status {(int)answer.StatusCode}");

        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        using var content = new MemoryStream();
        var piece = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(piece, cancellation)) > 0;)
        {
            content.Write(piece, 0, read);
            if (content.Length > maxSize)
                throw new InvalidDataException($"larger than {maxSize} bytes");
        }
        return Encoding.UTF8.GetString(ContentRules.WithoutMark(content.GetBuffer().AsSpan(0, (int)content.Length)));
    }

    // A writer puts a file there under another name and renames it, as node_exporter's collector asks for.
    private static string ReadFiles(string pattern, long maxSize)
    {
        var folder = Path.GetDirectoryName(pattern)!;
        var name = Path.GetFileName(pattern);
        var text = new StringBuilder();
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles()
            .Where(file => FileSystemName.MatchesSimpleExpression(name, file.Name, ignoreCase: false))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Take(MaxFiles))
        {
            if (file.Length + text.Length > maxSize)
                throw new InvalidDataException($"larger than {maxSize} bytes");

            using var handle = Probes.Files.RegularFile.Open(file.FullName) ?? throw new InvalidDataException("a pipe or a device where a file is expected");
            using var stream = new FileStream(handle, FileAccess.Read);
            using var reader = new StreamReader(stream);
            text.Append(reader.ReadToEnd()).Append('\n');
        }
        return text.ToString();
    }
}
