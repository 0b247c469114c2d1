using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Sidecar.Hosting.Settings;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.DeadLetters;

/// Keeps the events that the service never takes, as JSON lines in files of bounded size. What it has taken is on disk, so that
/// the file they came from may be acknowledged. When the folder is full its oldest files go.
internal sealed partial class DeadLetterFolder(string path, long limit, TimeProvider time, ILogger<DeadLetterFolder> logger) : IDisposable
{
    private const string Ending = ".jsonl";
    private const int ChunkBytes = 256 * 1024;

    /// So that deleting the oldest file leaves most of what is kept.
    private const int FilesInLimit = 8;

    // Messages may be anything; escaping every letter outside ASCII would make them unreadable to people.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly Lock _lock = new();
    private SafeFileHandle? _file;
    private string _name = "";
    private long _length;

    /// How many events were deleted to make room.
    public Action<int> Deleted { get; init; } = static _ => { };

    /// Writes events of one stream and flushes them to the disk. Throws IOException or UnauthorizedAccessException when that is
    /// not possible; then nothing of them is left behind.
    public void Write(StreamTarget target, ReadOnlySpan<LogEvent> events, string reason, Func<FileIdentity, string> pathOf)
    {
        lock (_lock)
        {
            var before = 0L;
            try
            {
                var file = Current();
                before = _length;
                WriteLines(file, target, events, reason, pathOf);
                RandomAccess.FlushToDisk(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                TakeBack(before);
                throw;
            }

            // What is written is safe, whatever becomes of the room.
            try
            {
                MakeRoom();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.NoRoom(logger, path, FileTrouble.Reason(e));
            }
        }
    }

    public void Dispose() => _file?.Dispose();

    private SafeFileHandle Current()
    {
        // Each run begins a file of its own: the last line of the one before may have been torn by a crash.
        if (_file is { } open && _length < limit / FilesInLimit && File.Exists(_name))
            return open;

        _file?.Dispose();
        _file = null;
        Directory.CreateDirectory(path);
        var now = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss.fffffff", CultureInfo.InvariantCulture);
        _name = Path.Combine(path, $"dead-letter-{now}Z{Ending}");
        _length = 0;
        _file = File.OpenHandle(_name, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        // What stands in logs is not for everybody.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        FolderSync.Flush(path);
        return _file;
    }

    private void WriteLines(
        SafeFileHandle file, StreamTarget target, ReadOnlySpan<LogEvent> events, string reason, Func<FileIdentity, string> pathOf)
    {
        var now = time.GetUtcNow();
        var lines = new ArrayBufferWriter<byte>(ChunkBytes);
        using var json = new Utf8JsonWriter(lines, Relaxed);
        foreach (ref readonly var one in events)
        {
            json.Reset();
            json.WriteStartObject();
            json.WriteString("time", now);
            json.WriteString("reason", reason);
            json.WriteString("group", target.Group);
            json.WriteString("stream", target.Stream);
            json.WriteString("path", pathOf(one.File));
            json.WriteNumber("offset", one.Start);
            json.WriteNumber("timestamp", one.TimestampMs);
            json.WriteString("message", one.Message.Span);
            json.WriteEndObject();
            json.Flush();
            lines.Write("\n"u8);
            if (lines.WrittenCount >= ChunkBytes)
                Append(file, lines);
        }

        Append(file, lines);
    }

    private void Append(SafeFileHandle file, ArrayBufferWriter<byte> lines)
    {
        RandomAccess.Write(file, lines.WrittenSpan, _length);
        _length += lines.WrittenCount;
        lines.ResetWrittenCount();
    }

    private void TakeBack(long before)
    {
        try
        {
            if (_file is { } file)
                RandomAccess.SetLength(file, before);
            _length = before;
        }
        catch (IOException)
        {
            // Then the next write begins a new file, and the torn line ends this one.
            _file?.Dispose();
            _file = null;
        }
    }

    private void MakeRoom()
    {
        var files = new DirectoryInfo(path).GetFiles("dead-letter-*" + Ending).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        var total = files.Sum(file => file.Length);
        foreach (var oldest in files.Where(file => file.FullName != _name))
        {
            if (total <= limit)
                return;

            total -= oldest.Length;
            var events = CountLines(oldest.FullName);
            oldest.Delete();
            Deleted(events);
            Log.Deleted(logger, events, oldest.FullName, limit);
        }
    }

    private static int CountLines(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        var lines = 0;
        int read;
        for (long at = 0; (read = RandomAccess.Read(file, buffer, at)) > 0; at += read)
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
        ArrayPool<byte>.Shared.Return(buffer);
        return lines;
    }

    private static partial class Log
    {
        [LoggerMessage(1701, LogLevel.Error,
            "{Events} dead letters are lost: '{Path}' was deleted, because the dead-letter folder may hold {Limit} bytes (LOGS_DEAD_LETTER_LIMIT).")]
        public static partial void Deleted(ILogger logger, int events, string path, long limit);

        [LoggerMessage(1702, LogLevel.Warning, "No old file could be deleted in '{Folder}' ({Reason}); trying again at the next dead letter.")]
        public static partial void NoRoom(ILogger logger, string folder, string reason);
    }
}
