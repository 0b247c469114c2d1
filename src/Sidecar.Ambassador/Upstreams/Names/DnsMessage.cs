using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>Writes questions and reads answers of DNS (RFC 1035). What is malformed, or answers something else, is no answer.</summary>
internal static class DnsMessage
{
    /// <summary>What fits a datagram on every path (DNS flag day 2020).</summary>
    public const int MaxDatagram = 1232;

    private const int HeaderBytes = 12;
    private const int MaxLabel = 63;
    private const int MaxName = 253;
    private const ushort RecursionDesired = 0x0100;
    private const ushort IsResponse = 0x8000;
    private const ushort Truncated = 0x0200;
    private const ushort Internet = 1;
    private const ushort Opt = 41;

    /// <returns>Null for a name that DNS can't carry.</returns>
    public static byte[]? Question(ushort id, string name, DnsType type)
    {
        var labels = name.Split('.');
        if (name.Length is 0 or > MaxName || labels.Any(label => label.Length is 0 or > MaxLabel)) return null;

        using var message = new MemoryStream();
        Write16(message, id, RecursionDesired, 1, 0, 0, 1);
        foreach (var label in labels)
        {
            message.WriteByte((byte)label.Length);
            message.Write(Encoding.ASCII.GetBytes(label));
        }

        message.WriteByte(0);
        Write16(message, (ushort)type, Internet);

        // EDNS (RFC 6891): without it answers are cut at 512 bytes.
        message.WriteByte(0);
        Write16(message, Opt, MaxDatagram, 0, 0, 0);
        return message.ToArray();
    }

    /// <returns>Null when this is not the answer to that question.</returns>
    public static DnsResponse? Read(ReadOnlySpan<byte> message, ushort id, string name, DnsType type)
    {
        if (message.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(message) != id) return null;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if ((flags & IsResponse) == 0 || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1) return null;

        var at = HeaderBytes;
        if (!TryReadName(message, ref at, out var asked) || !asked.Equals(name, StringComparison.OrdinalIgnoreCase)
            || at + 4 > message.Length || BinaryPrimitives.ReadUInt16BigEndian(message[at..]) != (ushort)type) return null;

        at += 4;
        var isTruncated = (flags & Truncated) != 0;
        var count = BinaryPrimitives.ReadUInt16BigEndian(message[6..]) + BinaryPrimitives.ReadUInt16BigEndian(message[8..])
            + BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        var records = new List<DnsRecord>();
        for (var i = 0; i < count; i++)
        {
            if (!TryReadRecord(message, ref at, out var record)) return isTruncated ? new DnsResponse(flags & 15, isTruncated, records) : null;
            if (record != null) records.Add(record);
        }

        return new DnsResponse(flags & 15, isTruncated, records);
    }

    private static bool TryReadRecord(ReadOnlySpan<byte> message, ref int at, out DnsRecord? record)
    {
        record = null;
        if (!TryReadName(message, ref at, out var name) || at + 10 > message.Length) return false;
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        var seconds = BinaryPrimitives.ReadUInt32BigEndian(message[(at + 4)..]);
        var ttl = seconds > int.MaxValue ? TimeSpan.Zero : TimeSpan.FromSeconds(seconds);
        var length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
        at += 10;
        if (at + length > message.Length) return false;

        var data = message.Slice(at, length);
        var inside = at;
        at += length;
        switch (type)
        {
            case DnsType.A when length == 4:
            case DnsType.Aaaa when length == 16:
                record = new DnsRecord(name, type, ttl, Address: new IPAddress(data));
                return true;
            case DnsType.Cname:
                if (!TryReadName(message, ref inside, out var alias)) return false;
                record = new DnsRecord(name, type, ttl, Target: alias);
                return true;
            case DnsType.Srv when length >= 7:
                var fields = new SrvFields(
                    BinaryPrimitives.ReadUInt16BigEndian(data), BinaryPrimitives.ReadUInt16BigEndian(data[2..]), BinaryPrimitives.ReadUInt16BigEndian(data[4..]));
                inside += 6;
                if (!TryReadName(message, ref inside, out var host)) return false;
                record = new DnsRecord(name, type, ttl, Target: host, Srv: fields);
                return true;
            case DnsType.Soa when length >= 22:
                // Its last number says for how long "there is none" holds, if its own life is not shorter (RFC 2308).
                var minimum = TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(data[^4..]));
                record = new DnsRecord(name, type, minimum < ttl ? minimum : ttl);
                return true;
            default:
                return true;
        }
    }

    private static bool TryReadName(ReadOnlySpan<byte> message, ref int at, out string name)
    {
        var text = new StringBuilder();
        name = "";
        var place = at;
        var end = -1;
        while (true)
        {
            if (place >= message.Length) return false;
            int length = message[place];
            if ((length & 0xC0) == 0xC0)
            {
                if (place + 1 >= message.Length) return false;
                if (end < 0) end = place + 2;
                var target = ((length & 0x3F) << 8) | message[place + 1];

                // Only ever backwards, so that a name can't turn in a circle.
                if (target >= place) return false;
                place = target;
                continue;
            }

            if (length == 0) break;
            if (length > MaxLabel || place + 1 + length > message.Length || text.Length + length > MaxName) return false;
            if (text.Length > 0) text.Append('.');
            text.Append(Encoding.ASCII.GetString(message.Slice(place + 1, length)));
            place += 1 + length;
        }

        at = end < 0 ? place + 1 : end;
        name = text.ToString();
        return true;
    }

    private static void Write16(MemoryStream message, params ReadOnlySpan<ushort> values)
    {
        Span<byte> two = stackalloc byte[2];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt16BigEndian(two, value);
            message.Write(two);
        }
    }
}
