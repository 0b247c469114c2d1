using System.Globalization;
using System.Text;

namespace LegacyApp;

/// The log file, and beside it a copy that nobody rotates or reads: what was really written, byte for byte.
internal sealed class OrderLog(string path, string copyPath) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _copy = Open(copyPath);
    private FileStream _file = Open(path);

    /// How each entry begins.
    public static string Stamp() => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture);

    public void Write(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        lock (_lock)
        {
            _copy.Write(bytes);
            _file.Write(bytes);
        }
    }

    /// Until now everything went to the old file, whatever it is called by now.
    public void Reopen()
    {
        lock (_lock)
        {
            _file.Dispose();
            _file = Open(path);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _copy.Dispose();
    }

    // Without a buffer: each entry is one write, as most log libraries do it.
    private static FileStream Open(string path) =>
        new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
