namespace Sidecar.Ambassador.Redis.Cluster;

/// Which of a cluster's slots a key is in: CRC16 (XMODEM) of the key, or of what stands between its first braces.
internal static class KeySlot
{
    public const int Count = 16384;

    private static readonly ushort[] Table = Build();

    public static int Of(ReadOnlySpan<byte> key)
    {
        int open = key.IndexOf((byte)'{');
        int length = open < 0 ? -1 : key[(open + 1)..].IndexOf((byte)'}');
        if (length > 0)
            key = key.Slice(open + 1, length);
        ushort sum = 0;
        foreach (byte next in key)
            sum = (ushort)((sum << 8) ^ Table[((sum >> 8) ^ next) & 0xFF]);
        return sum & (Count - 1);
    }

    private static ushort[] Build()
    {
        var table = new ushort[256];
        for (int i = 0; i < table.Length; i++)
        {
            int sum = i << 8;
            for (int bit = 0; bit < 8; bit++)
                sum = (sum & 0x8000) != 0 ? (sum << 1) ^ 0x1021 : sum << 1;
            table[i] = (ushort)sum;
        }
        return table;
    }
}
