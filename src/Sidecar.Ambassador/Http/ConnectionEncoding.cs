using System.Text;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// Reads the Connection header so that Kestrel keeps it. Where it finds one option that it knows, and only that one, it puts that in the
/// place of the whole header, and the names beside it, which have to end here (<see cref="HopByHop"/>), are lost before anybody sees
/// them. So it is given two, or none, that come to the same: close wins over keep-alive, which HTTP/1.1 needs nobody to say.
/// </summary>
internal sealed class ConnectionEncoding : Encoding
{
    private const string Close = "close";
    private const string KeepAlive = "keep-alive";
    private const string Upgrade = "upgrade";

    public static readonly ConnectionEncoding Instance = new();

    public override int GetCharCount(byte[] bytes, int index, int count) => Read(bytes.AsSpan(index, count)).Length;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        var text = Read(bytes.AsSpan(byteIndex, byteCount));
        text.CopyTo(chars.AsSpan(charIndex));
        return text.Length;
    }

    public override int GetMaxCharCount(int byteCount) => byteCount + KeepAlive.Length + 1;

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => Latin1.GetMaxByteCount(charCount);

    private static string Read(ReadOnlySpan<byte> bytes)
    {
        // Which Kestrel takes for a header that is not well-formed.
        if (bytes.Contains((byte)0)) throw new DecoderFallbackException("a header can't hold a NUL");
        var text = Latin1.GetString(bytes);
        var options = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // Alone as well: the names may stand in a second such header.
        if (Has(options, Close)) return string.Join(',', [.. options, KeepAlive]);
        if (options.All(HopByHop.IsOption)) return text;
        return string.Join(',', Has(options, Upgrade) ? [.. options, KeepAlive] : options.Where(option => !Is(option, KeepAlive)));
    }

    private static bool Has(string[] options, string option) => Array.Exists(options, one => Is(one, option));

    private static bool Is(string one, string option) => one.Equals(option, StringComparison.OrdinalIgnoreCase);
}
