using System.Buffers;

namespace Sidecar.Logs.Checkpoints;

/// Keeps the checkpoints in a folder that belongs to one agent at a time. At any moment, a crash included, the state on disk is
/// either the one before a save or the one after it.
internal sealed class CheckpointStore : IDisposable
{
    public const string StateName = "checkpoints.json";
    private const string NextName = "checkpoints.next";
    private const string UnreadableName = "checkpoints.unreadable";
    private const string LockName = "lock";

    /// The errno of a lock that someone else holds.
    private const int WouldBlock = 11;

    private readonly string _folder;
    private readonly FileStream _lock;
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);

    private CheckpointStore(string folder, FileStream ownership)
    {
        _folder = folder;
        _lock = ownership;
    }

    /// Takes the folder, which is made if it is not there. Throws IOException or UnauthorizedAccessException, saying why not.
    public static CheckpointStore Open(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            var ownership = new FileStream(
                Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return new CheckpointStore(folder, ownership);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new IOException($"Another agent uses the state folder '{folder}': each needs its own LOGS_STATE_DIR.", e);
        }
    }

    /// What is remembered, read without taking the folder; null, with an empty fault when there was never a state, or with what is
    /// wrong when there is one that can't be read.
    public static List<Checkpoint>? Read(string folder, out string fault)
    {
        fault = "";
        var path = Path.Combine(folder, StateName);
        return File.Exists(path) ? StateFile.Read(File.ReadAllBytes(path), out fault) : null;
    }

    /// The same for the folder's owner. A state that can't be read is put aside, so that someone can look at it.
    public List<Checkpoint>? Load(out string fault)
    {
        var checkpoints = Read(_folder, out fault);
        if (checkpoints is null && fault.Length > 0)
            File.Move(Path.Combine(_folder, StateName), Path.Combine(_folder, UnreadableName), overwrite: true);
        return checkpoints;
    }

    public void Save(IEnumerable<Checkpoint> checkpoints)
    {
        _bytes.ResetWrittenCount();
        StateFile.Write(_bytes, checkpoints);
        var next = Path.Combine(_folder, NextName);
        using (var file = File.OpenHandle(next, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            RandomAccess.Write(file, _bytes.WrittenSpan, 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(next, Path.Combine(_folder, StateName), overwrite: true);
        FolderSync.Flush(_folder);
    }

    public void Dispose() => _lock.Dispose();
}
