using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Checkpoints;

/// The form of the state on disk. Reading gives all of it or nothing: half a state would skip what the other half remembers.
/// The version is raised only when an older release would misread what a newer one wrote. What is merely added leaves it as it is:
/// a release ignores what it does not know, and does without what an older one did not write.
internal static class StateFile
{
    private const int Version = 1;

    public static void Write(IBufferWriter<byte> output, StateStamp stamp, IEnumerable<Checkpoint> checkpoints)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteNumber("save", stamp.Save);
        json.WriteNumber("scannedAtMs", stamp.ScannedAtMs);
        json.WriteStartArray("files");
        foreach (var checkpoint in checkpoints)
        {
            json.WriteStartObject();
            json.WriteNumber("device", checkpoint.Identity.Device);
            json.WriteNumber("inode", checkpoint.Identity.Inode);
            json.WriteString("path", checkpoint.Path);
            json.WriteString("source", checkpoint.Source);
            json.WriteString("group", checkpoint.Target.Group);
            json.WriteString("stream", checkpoint.Target.Stream);
            json.WriteNumber("offset", checkpoint.Bookmark.Offset);
            var head = checkpoint.Bookmark.Head;
            var isRead = head.Length <= checkpoint.Bookmark.Offset;
            WriteFingerprint(json, "head", isRead ? head : Fingerprint.Empty);
            if (!isRead)
                WriteFingerprint(json, "seenHead", head);
            WriteFingerprint(json, "before", checkpoint.Bookmark.Before);
            json.WriteNumber("size", checkpoint.Size);
            json.WriteNumber("seenAtMs", checkpoint.SeenAtMs);
            json.WriteNumber("bornMs", checkpoint.BornMs);
            json.WriteNumber("modifiedMs", checkpoint.ModifiedMs);
            if (checkpoint.Name is { } name)
                json.WriteString("name", name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// Null, with what is wrong, when the bytes are not a whole state that this version understands.
    public static List<Checkpoint>? Read(ReadOnlyMemory<byte> bytes, out StateStamp stamp, out string fault)
    {
        fault = "";
        stamp = default;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.GetProperty("version").GetInt32() is var version && version != Version)
            {
                fault = $"it has version {version}";
                return null;
            }

            List<Checkpoint> checkpoints = [.. root.GetProperty("files").EnumerateArray().Select(ReadCheckpoint)];
            stamp = new StateStamp(
                root.TryGetProperty("save", out var save) ? save.GetInt64() : 0,
                root.TryGetProperty("scannedAtMs", out var at) ? at.GetInt64() : checkpoints.Select(one => one.SeenAtMs).DefaultIfEmpty().Max());
            return checkpoints;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            fault = bytes.IsEmpty ? "it is empty" : "it is no whole state";
            return null;
        }
    }

    private static Checkpoint ReadCheckpoint(JsonElement file) => new(
        new FileIdentity(file.GetProperty("device").GetUInt64(), file.GetProperty("inode").GetUInt64()),
        Text(file, "path"),
        Text(file, "source"),
        new StreamTarget(Text(file, "group"), Text(file, "stream")),
        new Bookmark(
            file.GetProperty("offset").GetInt64(),
            ReadFingerprint(file.TryGetProperty("seenHead", out var seenHead) ? seenHead : file.GetProperty("head")),
            ReadFingerprint(file.GetProperty("before"))),
        file.GetProperty("size").GetInt64(),
        file.GetProperty("seenAtMs").GetInt64(),
        file.TryGetProperty("bornMs", out var bornMs) ? bornMs.GetInt64() : 0,
        file.TryGetProperty("name", out var name) ? name.GetString() : null,
        file.TryGetProperty("modifiedMs", out var modifiedMs) ? modifiedMs.GetInt64() : 0);

    private static string Text(JsonElement file, string name) =>
        file.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null.");

    private static void WriteFingerprint(Utf8JsonWriter json, string name, Fingerprint fingerprint)
    {
        json.WriteStartObject(name);
        json.WriteNumber("length", fingerprint.Length);
        json.WriteString("hash", fingerprint.Hash.ToString("x16", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private static Fingerprint ReadFingerprint(JsonElement fingerprint) => new(
        fingerprint.GetProperty("length").GetInt32(),
        ulong.Parse(Text(fingerprint, "hash"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
