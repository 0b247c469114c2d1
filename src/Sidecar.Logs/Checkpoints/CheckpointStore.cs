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

    private const int Taken = 1;

    private readonly string _folder;
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private FileStream? _lock;

    private CheckpointStore(string folder) => _folder = folder;

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
            return new CheckpointStore(folder) { Trouble = e.Message };
        }
    }

    /// What is remembered, read without taking the folder; null, with an empty fault when there was never a state, or with what is
    /// wrong when there is one that can't be read.
    public static List<Checkpoint>? Read(string folder, out string fault)
    {
        fault = "";
        var path = Path.Combine(folder, StateName);
        try
        {
            return File.Exists(path) ? StateFile.Read(File.ReadAllBytes(path), out fault) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = e.Message;
            return null;
        }
    }

    /// The same for the folder's owner. A state that can't be read is put aside, so that someone can look at it.
    public List<Checkpoint>? Load(out string fault)
    {
        var checkpoints = Read(_folder, out fault);
        if (checkpoints is null && fault.Length > 0 && _lock is not null)
            File.Move(Path.Combine(_folder, StateName), Path.Combine(_folder, UnreadableName), overwrite: true);
        return checkpoints;
    }

    public void Save(IEnumerable<Checkpoint> checkpoints)
    {
        _lock ??= Take(_folder);
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

    public void Dispose() => _lock?.Dispose();

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
