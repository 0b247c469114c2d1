using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;
/// The JSON of one PutLogEvents call, written straight from the UTF-8 bytes of the messages into pooled segments.
/// A message is valid UTF-8 when it gets here (see LogEvent), so only quotes, backslashes and controls need a look.
internal sealed class PutEventsBody : IDisposable
{
    // Large enough that a body of 1 MiB is a handful of socket writes, small enough for the pool and not for each body's own size.
    private const int SegmentBytes = 256 * 1024;
    private const int LongestNumberBytes = 20;

    private static readonly SearchValues<byte> Escaped =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    private readonly List<(byte[] Buffer, int Length)> _segments = [];
    private byte[] _current = ArrayPool<byte>.Shared.Rent(SegmentBytes);
    private int _written;

    private PutEventsBody()
    {
    }

    public long Length { get; private set; }

    public IReadOnlyList<(byte[] Buffer, int Length)> Segments => _segments;

    public static PutEventsBody Of(LogBatch batch)
    {
        var body = new PutEventsBody();
        body.Write("{\"logGroupName\":\""u8);
        body.Write(JsonEncodedText.Encode(batch.Target.Group).EncodedUtf8Bytes);
        body.Write("\",\"logStreamName\":\""u8);
        body.Write(JsonEncodedText.Encode(batch.Target.Stream).EncodedUtf8Bytes);
        body.Write("\",\"logEvents\":["u8);
        body.WriteEvents(batch);
        body.Write("]}"u8);
        body.Seal();
        return body;
    }

    /// The hash that the signature covers, in lower-case hex.
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (buffer, length) in _segments)
            hash.AppendData(buffer, 0, length);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }

    public void Dispose()
    {
        foreach (var (buffer, _) in _segments)
            ArrayPool<byte>.Shared.Return(buffer);
        _segments.Clear();
    }

    private void WriteEvents(LogBatch batch)
    {
        var separator = "{\"timestamp\":"u8;
        foreach (ref readonly var logEvent in batch.Events.Span)
        {
            Write(separator);
            WriteNumber(logEvent.TimestampMs);
            Write(",\"message\":\""u8);
            WriteEscaped(logEvent.Message.Span);
            Write("\"}"u8);
            separator = ",{\"timestamp\":"u8;
        }
    }

    private void WriteEscaped(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var next = text.IndexOfAny(Escaped);
            if (next < 0)
            {
                Write(text);
                return;
            }

            Write(text[..next]);
            WriteEscape(text[next]);
            text = text[(next + 1)..];
        }
    }

    private void WriteEscape(byte character)
    {
        switch (character)
        {
            case (byte)'"':
                Write("\\\""u8);
                break;
            case (byte)'\\':
                Write("\\\\"u8);
                break;
            case (byte)'\n':
                Write("\\n"u8);
                break;
            case (byte)'\r':
                Write("\\r"u8);
                break;
            case (byte)'\t':
                Write("\\t"u8);
                break;
            default:
                Write("\\u00"u8);
                Write([Hex(character >> 4), Hex(character & 0xF)]);
                break;
        }

        static byte Hex(int digit) => (byte)"0123456789abcdef"[digit];
    }

    private void WriteNumber(long number)
    {
        Span<byte> digits = stackalloc byte[LongestNumberBytes];
        Utf8Formatter.TryFormat(number, digits, out var length);
        Write(digits[..length]);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > _current.Length - _written)
        {
            var fits = _current.Length - _written;
            bytes[..fits].CopyTo(_current.AsSpan(_written));
            _written += fits;
            bytes = bytes[fits..];
            Seal();
            _current = ArrayPool<byte>.Shared.Rent(SegmentBytes);
        }

        bytes.CopyTo(_current.AsSpan(_written));
        _written += bytes.Length;
    }

    private void Seal()
    {
        _segments.Add((_current, _written));
        Length += _written;
        _written = 0;
    }
}
