namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>What a DNS server answered to one question.</summary>
/// <param name="Code">0 is well, 3 says that there is no such name (RFC 1035, section 4.1.1).</param>
/// <param name="IsTruncated">There is more than a datagram holds; to be asked again by TCP.</param>
/// <param name="Records">All that came, of every section.</param>
internal sealed record DnsResponse(int Code, bool IsTruncated, IReadOnlyList<DnsRecord> Records)
{
    public const int NoError = 0;
    public const int NameError = 3;
}
