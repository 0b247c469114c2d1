using System.Globalization;
using System.Text;

namespace Sidecar.Logs.Events;

/// What a line that is longer than an event may be leaves where it is cut: the same mark ends one piece and begins the next. It
/// names the byte of the file, so that no two cuts of a file have the same, and joining needs nothing but the pieces.
internal static class PieceMark
{
    /// Room for a mark, whatever its number.
    public const int MaxBytes = 48;

    public static string At(long offset) => string.Create(CultureInfo.InvariantCulture, $"[sidecar-logs: cut at byte {offset}]");

    /// Writes the mark and returns its length.
    public static int Write(Span<byte> into, long offset) => Encoding.ASCII.GetBytes(At(offset), into);
}
