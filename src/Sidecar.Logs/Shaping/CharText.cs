using System.Buffers;
using System.Text;

namespace Sidecar.Logs.Shaping;

/// Messages as characters, for regular expressions: .NET's know no UTF-8. One thread at a time, and one text.
internal sealed class CharText
{
    private const int Kept = 16 * 1024;

    private readonly char[] _short = new char[Kept];
    private char[]? _rented;

    /// Gone at the next call.
    public ReadOnlySpan<char> Of(ReadOnlySpan<byte> message)
    {
        if (_rented is not null)
            ArrayPool<char>.Shared.Return(_rented);
        _rented = null;
        var chars = message.Length <= Kept ? _short : _rented = ArrayPool<char>.Shared.Rent(message.Length);
        return chars.AsSpan(0, Encoding.UTF8.GetChars(message, chars));
    }
}
