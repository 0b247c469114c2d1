using System.Text;

namespace Sidecar.Testing.Replay;

/// Which slot of a cluster a key is in: CRC16 (XMODEM) of the key, or of what stands in its first braces.
internal static class SlotOf
{
    private const int Slots = 16384;

    public static int Key(string key)
    {
        int open = key.IndexOf('{', StringComparison.Ordinal);
        int close = open < 0 ? -1 : key.IndexOf('}', open);
        int crc = 0;
        foreach (byte letter in Encoding.Latin1.GetBytes(close > open + 1 ? key[(open + 1)..close] : key))
        {
            crc ^= letter << 8;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        }
        return (crc & 0xffff) % Slots;
    }
}
