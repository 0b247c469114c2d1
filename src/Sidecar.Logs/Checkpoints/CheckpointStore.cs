using System.Buffers;
using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Checkpoints;

/// Keeps the checkpoints in a folder that belongs to one agent at a time. At any moment, a crash included, the state on disk is
/// either the one before a save or the one after it. A save is flushed to the disk, or, which is much cheaper, only handed to the
/// kernel beside the last one that was: that outlives the agent, and where the machine itself fails, the flushed one is left.
internal sealed class CheckpointStore : IDisposable
{
    public const string StateName = "checkpoints.json";
    public const string RecentName = "checkpoints.recent";
    private const string NextName = "checkpoints.next";
    private const string UnreadableName = "checkpoints.unreadable";
    private const string LockName = "lock";

    /// The errno of a lock that someone else holds.
    private const int WouldBlock = 11;

    private const int Taken = 1;

    private readonly string _folder;
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private FileStream? _lock;
    private StateStamp _stamp;

    private CheckpointStore(string folder) => _folder = folder;

    /// Up to when all that lay in the folders had been seen, by the state that was loaded; 0 where there was none.
    public long ScannedAtMs => _stamp.ScannedAtMs;

    /// Why the folder could not be taken at first; null when it was. Saving tries to take it again.
    public string? Trouble { get; private init; }

    /// Takes the folder, which is made if it is not there. One that can't be written is no reason not to ship. Throws IOException when
    /// another agent has it.
    public static CheckpointStore Open(string folder)
    {
        try
        {
            return new CheckpointStore(folder) { _lock = Take(folder) };
        }
        catch (Exception e) when (e is IOException { HResult: not Taken } or UnauthorizedAccessException)
        {
            return new CheckpointStore(folder) { Trouble = FileTrouble.Reason(e) };
        }
    }

    /// What is remembered, read without taking the folder; null, with an empty fault when there was never a state, or with what is
    /// wrong when there is one that can't be read.
    public static List<Checkpoint>? Read(string folder, out string fault) => Read(folder, out _, out _, out fault);

    /// The same for the folder's owner. A state that can't be read is put aside, so that someone can look at it.
    public List<Checkpoint>? Load(out string fault)
    {
        var checkpoints = Read(_folder, out _stamp, out var isRecent, out fault);
        if (_lock is null)
            return checkpoints;

        if (checkpoints is null && fault.Length > 0)
            File.Move(Path.Combine(_folder, StateName), Path.Combine(_folder, UnreadableName), overwrite: true);
        if (!isRecent)
            File.Delete(Path.Combine(_folder, RecentName));
        return checkpoints;
    }

    /// Not flushed it costs a fiftieth, and a machine that fails forgets it.
    public void Save(IEnumerable<Checkpoint> checkpoints, bool isFlushed = true, long scannedAtMs = 0)
    {
        _lock ??= Take(_folder);
        isFlushed |= _stamp.Save == 0;
        _bytes.ResetWrittenCount();
        var stamp = new StateStamp(isFlushed ? _stamp.Save + 1 : _stamp.Save, scannedAtMs);
        StateFile.Write(_bytes, stamp, checkpoints);
        var next = Path.Combine(_folder, NextName);
        using (var file = File.OpenHandle(next, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            RandomAccess.Write(file, _bytes.WrittenSpan, 0);
            if (isFlushed)
                RandomAccess.FlushToDisk(file);
        }

        File.Move(next, Path.Combine(_folder, isFlushed ? StateName : RecentName), overwrite: true);
        if (!isFlushed)
            return;

        _stamp = stamp;
        FolderSync.Flush(_folder);
    }

    public void Dispose() => _lock?.Dispose();

    /// The newest of what was flushed and what was saved after it.
    private static List<Checkpoint>? Read(string folder, out StateStamp stamp, out bool isRecent, out string fault)
    {
        isRecent = false;
        var checkpoints = ReadFile(Path.Combine(folder, StateName), out stamp, out fault);
        if (checkpoints is null || stamp.Save == 0
            || ReadFile(Path.Combine(folder, RecentName), out var followed, out _) is not { } recent || followed.Save != stamp.Save)
        {
            return checkpoints;
        }

        stamp = followed;
        isRecent = true;
        return recent;
    }

    private static List<Checkpoint>? ReadFile(string path, out StateStamp stamp, out string fault)
    {
        fault = "";
        stamp = default;
        try
        {
            return File.Exists(path) ? StateFile.Read(File.ReadAllBytes(path), out stamp, out fault) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = FileTrouble.Reason(e);
            return null;
        }
    }

    private static FileStream Take(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new IOException($"Another agent uses the state folder '{folder}': each needs its own LOGS_STATE_DIR.", Taken);
        }
    }
}
