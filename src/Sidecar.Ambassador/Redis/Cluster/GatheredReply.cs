using System.Buffers.Text;
using System.Text;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Makes one reply of those that several nodes gave.
internal static class GatheredReply
{
    /// `partOfKey` tells of each key which part it went with.
    public static byte[] Of(Spread spread, byte[][] replies, int[] partOfKey)
    {
        if (spread == Spread.Values)
            return Values(replies, partOfKey);
        if (spread == Spread.AnyOne)
            return AnyOne(replies);
        if (Array.Find(replies, static reply => reply[0] == '-') is { } error)
            return error;
        return spread switch
        {
            Spread.Counts or Spread.Total => Sum(replies),
            Spread.Union => Union(replies),
            Spread.Everybody => Everybody(replies),
            _ => replies[0],
        };
    }

    /// How many elements an array says that it has, and where they begin; -1 for what is none.
    public static int ReadCount(ReadOnlySpan<byte> reply, out int start)
    {
        int end = reply.IndexOf((byte)'\n');
        start = end + 1;
        bool isCount = end > 1 && reply[0] is (byte)'*' or (byte)'~' && Utf8Parser.TryParse(reply[1..(end - 1)], out int count, out _) && count >= 0;
        return isCount ? Parse(reply[1..(end - 1)]) : -1;
    }

    private static int Parse(ReadOnlySpan<byte> number) => Utf8Parser.TryParse(number, out int value, out _) ? value : 0;

    private static byte[] Sum(byte[][] replies)
    {
        long sum = 0;
        foreach (byte[] reply in replies)
            sum += Utf8Parser.TryParse(reply.AsSpan(1), out long count, out _) ? count : 0;
        return Encoding.ASCII.GetBytes($":{sum}\r\n");
    }

    // A part that failed is an error for each of its keys, and for no other.
    private static byte[] Values(byte[][] replies, int[] partOfKey)
    {
        var positions = new int[replies.Length];
        for (int i = 0; i < replies.Length; i++)
            positions[i] = ReadCount(replies[i], out int start) < 0 ? -1 : start;
        var values = new List<byte>(Encoding.ASCII.GetBytes($"*{partOfKey.Length}\r\n"));
        foreach (int part in partOfKey)
        {
            var rest = replies[part].AsSpan(Math.Max(0, positions[part]));
            int length = Measure(rest);
            values.AddRange(rest[..length]);
            if (positions[part] >= 0)
                positions[part] += length;
        }
        return [.. values];
    }

    private static byte[] Union(byte[][] replies)
    {
        int count = 0;
        var elements = new List<byte>();
        foreach (byte[] reply in replies)
        {
            count += Math.Max(0, ReadCount(reply, out int start));
            elements.AddRange(reply.AsSpan(start));
        }
        return [(byte)replies[0][0], .. Encoding.ASCII.GetBytes($"{count}\r\n"), .. elements];
    }

    // Arrays of :1 and :0, all of one length.
    private static byte[] Everybody(byte[][] replies)
    {
        byte[] all = [.. replies[0]];
        foreach (byte[] reply in replies)
        {
            for (int i = 0; i < Math.Min(all.Length, reply.Length); i++)
                all[i] = Math.Min(all[i], reply[i]);
        }
        return all;
    }

    private static byte[] AnyOne(byte[][] replies)
    {
        var given = Array.FindAll(replies, static reply => reply[0] != '-' && !reply.AsSpan().StartsWith("$-1"u8) && reply[0] != '_');
        return given.Length > 0 ? given[Random.Shared.Next(given.Length)] : replies[0];
    }

    private static int Measure(ReadOnlySpan<byte> bytes)
    {
        var reader = default(ReplyReader);
        _ = reader.Read(bytes, out int length);
        return length;
    }
}
