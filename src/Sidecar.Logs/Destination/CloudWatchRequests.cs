using System.Text.Json;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;

/// The bodies of the rare calls.
internal static class CloudWatchRequests
{
    public static byte[] CreateLogStream(StreamTarget target) => Write(json =>
    {
        json.WriteString("logGroupName", target.Group);
        json.WriteString("logStreamName", target.Stream);
    });

    public static byte[] CreateLogGroup(string group, CloudWatchOptions options) => Write(json =>
    {
        json.WriteString("logGroupName", group);
        if (options.GroupClass is { } groupClass)
            json.WriteString("logGroupClass", groupClass);
        if (options.KmsKeyId is { } key)
            json.WriteString("kmsKeyId", key);
        if (options.Tags.Count == 0)
            return;

        json.WriteStartObject("tags");
        foreach (var (name, value) in options.Tags)
            json.WriteString(name, value);
        json.WriteEndObject();
    });

    public static byte[] PutRetentionPolicy(string group, int days) => Write(json =>
    {
        json.WriteString("logGroupName", group);
        json.WriteNumber("retentionInDays", days);
    });

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
