using System.Buffers;
using System.Buffers.Text;

namespace Sidecar.Hosting.ProcFs;

/// Says whether something listens on a TCP port, on any address of either family, without connecting to it.
public sealed class ListeningPorts(string root = "/proc")
{
    private const int BufferBytes = 32 * 1024;

    /// Throws IOException or UnauthorizedAccessException when the kernel's tables can't be read.
    public bool IsListening(int port)
    {
        var tables = 0;
        foreach (var table in (ReadOnlySpan<string>)[$"{root}/net/tcp", $"{root}/net/tcp6"])
        {
            // A kernel without IPv6 has no tcp6.
            if (File.Exists(table))
            {
                tables++;
                if (HasListener(table, port)) return true;
            }
        }

        return tables > 0 ? false : throw new FileNotFoundException($"{root}/net/tcp is not there");
    }

    private static bool HasListener(string table, int port)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var file = File.OpenHandle(table, share: FileShare.ReadWrite);
            var held = 0;
            long offset = 0;
            while (true)
            {
                var read = RandomAccess.Read(file, buffer.AsSpan(held), offset);
                if (read == 0) return held > 0 && IsListener(buffer.AsSpan(0, held), port);
                offset += read;
                held += read;
                var rest = buffer.AsSpan(0, held);
                for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
                {
                    if (IsListener(rest[..end], port)) return true;
                }

                if (rest.Length == buffer.Length) throw new IOException($"{table} has a line longer than any row");
                held = rest.Length;
                rest.CopyTo(buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// A row reads `0: 0100007F:1F90 00000000:0000 0A ...`: local address and port, remote ones, state; 0A listens.
    internal static bool IsListener(ReadOnlySpan<byte> row, int port)
    {
        var slot = row.IndexOf((byte)':');
        if (slot < 0) return false;
        var local = row[(slot + 1)..].TrimStart((byte)' ');
        var colon = local.IndexOf((byte)':');
        if (colon < 0
            || !Utf8Parser.TryParse(local[(colon + 1)..], out int localPort, out var digits, 'x')
            || localPort != port)
        {
            return false;
        }

        var remote = local[(colon + 1 + digits)..].TrimStart((byte)' ');
        var blank = remote.IndexOf((byte)' ');
        return blank > 0 && remote[(blank + 1)..].StartsWith("0A "u8);
    }
}
