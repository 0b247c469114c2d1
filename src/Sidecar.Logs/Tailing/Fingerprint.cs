namespace Sidecar.Logs.Tailing;

/// A number that tells whether some bytes are still the ones that were read (FNV-1a, which can be continued).
internal readonly record struct Fingerprint(int Length, ulong Hash)
{
    private const ulong Prime = 1099511628211;

    public static readonly Fingerprint Empty = new(0, 14695981039346656037);

    public static Fingerprint Of(ReadOnlySpan<byte> bytes) => Empty.Append(bytes);

    public Fingerprint Append(ReadOnlySpan<byte> bytes)
    {
        var hash = Hash;
        foreach (var value in bytes)
            hash = (hash ^ value) * Prime;
        return new Fingerprint(Length + bytes.Length, hash);
    }
}
