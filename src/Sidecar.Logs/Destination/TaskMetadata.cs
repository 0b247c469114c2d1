using System.Text.Json;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Destination;

/// What ECS says of the task that we are part of.
internal static class TaskMetadata
{
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(3);

    /// Throws IOException when it can't be had, whatever the reason.
    public static async Task<IReadOnlyDictionary<string, string>> AskAsync(Uri address, CancellationToken cancellation)
    {
        // The address is one of the host's own: no proxy leads there.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = LongestAnswer };
        try
        {
            return Read(await http.GetByteArrayAsync(address, cancellation));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new IOException($"{address} does not tell what the task is called ({e.Message})", e);
        }
    }

    /// The cluster is told as a name or as an ARN, whose last part is the name; the task as arn:aws:ecs:region:account:task/cluster/id.
    public static IReadOnlyDictionary<string, string> Read(byte[] json)
    {
        using var task = JsonDocument.Parse(json);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Placeholders.Task] = LastPart(task, "TaskARN"),
            [Placeholders.Family] = LastPart(task, "Family"),
            [Placeholders.Cluster] = LastPart(task, "Cluster"),
        };
    }

    private static string LastPart(JsonDocument task, string property)
    {
        var text = task.RootElement.GetProperty(property).GetString() ?? throw new KeyNotFoundException($"{property} is null");
        return text[(text.LastIndexOf('/') + 1)..];
    }
}
