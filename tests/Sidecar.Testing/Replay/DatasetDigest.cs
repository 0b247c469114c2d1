using System.Security.Cryptography;

namespace Sidecar.Testing.Replay;

/// What DEBUG DIGEST says of data that is scattered over several servers. A server mixes a mark of each database that has keys with the
/// digests of all its keys, by XOR: without the marks, the digests of parts make that of the whole.
internal static class DatasetDigest
{
#pragma warning disable CA5350 // Redis digests so.
    private static readonly byte[] MarkOfFirst = SHA1.HashData(SHA1.HashData(new byte[4]));
#pragma warning restore CA5350

    /// One server's is left as it is: it may have several databases.
    public static string Of(IEnumerable<string> digests)
    {
        string[] all = [.. digests];
        if (all.Length == 1)
            return all[0];
        byte[] sum = new byte[MarkOfFirst.Length];
        foreach (byte[] digest in all.Select(Convert.FromHexString))
        {
            bool isEmpty = digest.AsSpan().IndexOfAnyExcept((byte)0) < 0;
            for (int i = 0; i < sum.Length && !isEmpty; i++)
                sum[i] ^= (byte)(digest[i] ^ MarkOfFirst[i]);
        }
        for (int i = 0; i < sum.Length && all.Any(digest => digest.AsSpan().IndexOfAnyExcept('0') >= 0); i++)
            sum[i] ^= MarkOfFirst[i];
        return Convert.ToHexStringLower(sum);
    }
}
