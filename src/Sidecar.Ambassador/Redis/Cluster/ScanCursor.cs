using System.Buffers.Text;
using System.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Where a SCAN over all masters is: at which of them (by their ids), at which place there, and how the masters were when it began. The
/// numbers share 64 bits, so that the cursor is all there is to know. When the masters are others, it begins again: twice is allowed, never is not.
internal readonly record struct ScanCursor(ulong Place, int Master, int Masters)
{
    private const int MasterBits = 12;
    private const int FingerprintBits = 8;
    private const int PlaceBits = 63 - MasterBits - FingerprintBits;

    /// False when the argument is no cursor: Redis says so.
    public static bool TryRead(ReadOnlySpan<byte> argument, int mastersNow, out ScanCursor cursor)
    {
        cursor = new ScanCursor(0, 0, mastersNow);
        if (!Utf8Parser.TryParse(argument, out ulong number, out int read) || read != argument.Length)
            return false;
        int fingerprint = (int)(number >> MasterBits) & ((1 << FingerprintBits) - 1);
        if (number != 0 && fingerprint == mastersNow)
            cursor = new ScanCursor(number >> (MasterBits + FingerprintBits), (int)number & ((1 << MasterBits) - 1), mastersNow);
        return true;
    }

    public static int Fingerprint(IEnumerable<string> masterIds)
    {
        uint hash = 2166136261;
        foreach (char letter in string.Join(' ', masterIds))
            hash = (hash ^ letter) * 16777619;
        return (int)((hash ^ (hash >> 16)) & ((1 << FingerprintBits) - 1));
    }

    /// The request to that master: the same with its own cursor.
    public byte[] Ask(RequestArguments arguments)
    {
        var words = new List<byte[]> { arguments.Current.ToArray() };
        _ = arguments.MoveNext();
        words.Add(Encoding.ASCII.GetBytes($"{Place}"));
        while (arguments.MoveNext())
            words.Add(arguments.Current.ToArray());
        return RequestWriter.Encode(words);
    }

    /// Its reply with a cursor of ours in place of its own.
    public byte[] Translate(byte[] reply, ClusterNodes nodes)
    {
        // "*2\r\n$<length>\r\n<cursor>\r\n", and the keys
        if (GatheredReply.ReadCount(reply, out int start) != 2)
            return reply;
        int line = start + reply.AsSpan(start).IndexOf((byte)'\n') + 1;
        int end = line + reply.AsSpan(line).IndexOf((byte)'\r');
        if (!Utf8Parser.TryParse(reply.AsSpan(line, end - line), out ulong place, out _))
            return reply;
        var next = place != 0 ? this with { Place = place } : this with { Place = 0, Master = Master + 1 };
        bool isOver = place == 0 && next.Master >= nodes.Masters.Count;
        if (next.Place >> PlaceBits != 0)
            return "-ERR the cursor of one master is too large to tell which master it belongs to\r\n"u8.ToArray();
        string cursor = isOver ? "0" : $"{(next.Place << (MasterBits + FingerprintBits)) | ((ulong)Masters << MasterBits) | (uint)next.Master}";
        return [.. "*2\r\n"u8, .. Encoding.ASCII.GetBytes($"${cursor.Length}\r\n{cursor}"), .. reply.AsSpan(end)];
    }
}
