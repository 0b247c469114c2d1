using System.Buffers.Binary;
using System.IO.Compression;

namespace Sidecar.Logs.Tailing;

/// A file that rotation has compressed, as it was before. It is read forward, and begins anew for what lies further back than a
/// batch reaches, so that a large file costs as little memory as a small one. Not for use by two threads at a time.
internal sealed class GzipBytes : ITailBytes
{
    /// A batch that is not full begins again where the last one ended, which is at most this far back.
    private const int WindowBytes = (1024 * 1024) + StepBytes;

    private const int StepBytes = 64 * 1024;
    private const int BlockBytes = 4096;
    private const int ShortestFile = 18;

    private static readonly bool IsStrict = AppContext.TryGetSwitch("System.IO.Compression.UseStrictValidation", out var isOn) && isOn;

    private readonly FileStream _file;
    private readonly FileStat _stat;
    private readonly byte[] _window = new byte[WindowBytes];
    private GZipStream _inflated;
    private long _end;

    private GzipBytes(FileStream file, FileStat stat)
    {
        _file = file;
        _inflated = Inflate(file);
        while (Step() > 0)
        {
        }

        // Where .NET is not told to be strict it takes a file that ends too early for one that is whole; only a single part can be told so.
        IsOfParts = (uint)_end != LengthAtEnd(file);
        if (IsOfParts && !IsStrict)
            throw new InvalidDataException("it is not whole");
        _stat = stat with { Size = _end };
    }

    private static ReadOnlySpan<byte> Mark => [0x1f, 0x8b, 0x08];

    public bool IsFixed => true;

    /// Whether several compressed files were put one behind the other.
    public bool IsOfParts { get; }

    /// Reads all of it once, since only then it is known to be whole. Null, with the reason, when it is not; without one when it is
    /// gone.
    public static GzipBytes? Open(string path, out string? reason)
    {
        if (PlainBytes.Open(path, out reason) is not { } handle)
            return null;

        var file = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        try
        {
            if (file.Length < ShortestFile)
                throw new InvalidDataException("it is too short");
            return new GzipBytes(file, FileStat.Of(handle));
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            file.Dispose();
            reason = e.Message;
            return null;
        }
    }

    public static bool IsOne(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// The first bytes as they were before, and by the file's own account how many there were in all, modulo 4 GiB; null when it is
    /// no such file, or not yet.
    public static (byte[] Head, uint Length)? Peek(string path)
    {
        if (PlainBytes.Open(path, out _) is not { } handle)
            return null;

        try
        {
            using var file = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            if (file.Length < ShortestFile)
                return null;

            using var inflated = Inflate(file);
            var head = new byte[Bookmark.HeadBytes];
            var read = inflated.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return (head[..read], LengthAtEnd(file));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// Whether it is of several parts, and the first of them holds so many bytes.
    public bool HasFirstPart(long length)
    {
        if (!IsOfParts)
            return false;

        // A part ends with the length of what it holds, and the next one begins with a mark.
        Span<byte> seam = stackalloc byte[sizeof(uint) + Mark.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(seam, (uint)length);
        Mark.CopyTo(seam[sizeof(uint)..]);
        Span<byte> block = stackalloc byte[BlockBytes];
        for (long at = 0; RandomAccess.Read(_file.SafeFileHandle, block, at) is var read && read >= seam.Length; at += read - seam.Length + 1)
        {
            if (block[..read].IndexOf(seam) >= 0)
                return true;
        }

        return false;
    }

    public FileStat Look() => _stat;

    public int Read(Span<byte> into, long offset)
    {
        if (offset < _end - WindowBytes)
        {
            _inflated.Dispose();
            _file.Position = 0;
            _inflated = Inflate(_file);
            _end = 0;
        }

        while (offset > _end)
        {
            if (Step() == 0)
                return 0;
        }

        var done = 0;
        while (done < into.Length && (offset + done < _end || Step() > 0))
        {
            var at = (int)((offset + done) % WindowBytes);
            var length = Math.Min(Math.Min(into.Length - done, WindowBytes - at), _end - offset - done);
            _window.AsSpan(at, (int)length).CopyTo(into[done..]);
            done += (int)length;
        }

        return done;
    }

    public long? EndOfHole(long offset)
    {
        var block = new byte[StepBytes];
        while (Read(block, offset) is var read && read > 0)
        {
            var zeros = Hole.RunLength(block.AsSpan(0, read));
            offset += zeros;
            if (zeros < read)
                return offset;
        }

        return null;
    }

    public void Dispose()
    {
        _inflated.Dispose();
        _file.Dispose();
    }

    private static GZipStream Inflate(FileStream file) => new(file, CompressionMode.Decompress, leaveOpen: true);

    private static uint LengthAtEnd(FileStream file)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        return RandomAccess.Read(file.SafeFileHandle, length, file.Length - length.Length) == length.Length
            ? BinaryPrimitives.ReadUInt32LittleEndian(length)
            : 0;
    }

    private int Step()
    {
        var at = (int)(_end % WindowBytes);
        var read = _inflated.Read(_window, at, Math.Min(StepBytes, WindowBytes - at));
        _end += read;
        return read;
    }
}
