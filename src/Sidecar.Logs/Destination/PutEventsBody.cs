using System.Buffers;
using System.Buffers.Text;
using System.Numerics;
using System.Runtime.Intrinsics;
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
    private const int LongestEscapeBytes = 6;
    private const int ShortMessageBytes = 4096;
    private const int ShortEventBytes = (ShortMessageBytes * LongestEscapeBytes) + 64;

    private static readonly SearchValues<byte> Escaped =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    private static ReadOnlySpan<byte> BeforeMessage => ",\"message\":\""u8;

    private static ReadOnlySpan<byte> AfterMessage => "\"}"u8;

    private readonly List<(byte[] Buffer, int Length)> _segments = [];
    private byte[] _current = ArrayPool<byte>.Shared.Rent(SegmentBytes);
    private int _written;

    private PutEventsBody()
    {
    }

    public long Length { get; private set; }

    /// Whether all events hold metrics, which the service is told in a header.
    public bool IsMetrics { get; private init; }

    public IReadOnlyList<(byte[] Buffer, int Length)> Segments => _segments;

    public static PutEventsBody Of(LogBatch batch)
    {
        var body = new PutEventsBody { IsMetrics = batch.IsMetrics };
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
        var head = "{\"timestamp\":"u8;
        foreach (ref readonly var logEvent in batch.Events.Span)
        {
            var message = logEvent.Message.Span;
            if (message.Length <= ShortMessageBytes)
            {
                WriteShort(head, logEvent.TimestampMs, message);
            }
            else
            {
                Write(head);
                WriteNumber(logEvent.TimestampMs);
                Write(BeforeMessage);
                WriteLong(message);
                Write(AfterMessage);
            }

            head = ",{\"timestamp\":"u8;
        }
    }

    // Nearly every event: it fits whatever is escaped, so nothing is checked on the way. The long way costs a backlog a sixth more.
    private void WriteShort(ReadOnlySpan<byte> head, long timestampMs, ReadOnlySpan<byte> message)
    {
        if (_current.Length - _written < ShortEventBytes)
            NextSegment();

        var to = _current.AsSpan(_written);
        head.CopyTo(to);
        var at = head.Length;
        Utf8Formatter.TryFormat(timestampMs, to[at..], out var digits);
        at += digits;
        BeforeMessage.CopyTo(to[at..]);
        at += BeforeMessage.Length;
        at += CopyEscaped(message, to[at..]);
        AfterMessage.CopyTo(to[at..]);
        _written += at + AfterMessage.Length;
    }

    // Copies while it looks, a block at a time: JSON has a quote every few bytes, and a search and a copy for each would cost twice
    // as much. What is copied behind a byte that is escaped is overwritten.
    private static int CopyEscaped(ReadOnlySpan<byte> message, Span<byte> to)
    {
        var at = 0;
        while (message.Length >= Vector256<byte>.Count)
        {
            var block = Vector256.Create(message);
            block.CopyTo(to[at..]);
            var escaped = Vector256.Equals(block, Vector256.Create((byte)'"')) | Vector256.Equals(block, Vector256.Create((byte)'\\'))
                | Vector256.LessThan(block, Vector256.Create((byte)' '));
            var plain = Math.Min(BitOperations.TrailingZeroCount(escaped.ExtractMostSignificantBits()), Vector256<byte>.Count);
            at += plain;
            if (plain < Vector256<byte>.Count)
                at += Escape(message[plain++], to[at..]);
            message = message[plain..];
        }

        foreach (var one in message)
        {
            if (one is < (byte)' ' or (byte)'"' or (byte)'\\')
                at += Escape(one, to[at..]);
            else
                to[at++] = one;
        }

        return at;
    }

    private void WriteLong(ReadOnlySpan<byte> message)
    {
        Span<byte> escape = stackalloc byte[LongestEscapeBytes];
        for (var next = message.IndexOfAny(Escaped); next >= 0; next = message.IndexOfAny(Escaped))
        {
            Write(message[..next]);
            Write(escape[..Escape(message[next], escape)]);
            message = message[(next + 1)..];
        }

        Write(message);
    }

    private static int Escape(byte character, Span<byte> to)
    {
        to[0] = (byte)'\\';
        var letter = character switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => (byte)'u',
        };
        to[1] = letter;
        if (letter != (byte)'u')
            return 2;

        to[2] = to[3] = (byte)'0';
        to[4] = "0123456789abcdef"u8[character >> 4];
        to[5] = "0123456789abcdef"u8[character & 0xF];
        return LongestEscapeBytes;
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
            NextSegment();
        }

        bytes.CopyTo(_current.AsSpan(_written));
        _written += bytes.Length;
    }

    private void NextSegment()
    {
        Seal();
        _current = ArrayPool<byte>.Shared.Rent(SegmentBytes);
    }

    private void Seal()
    {
        _segments.Add((_current, _written));
        Length += _written;
        _written = 0;
    }
}
