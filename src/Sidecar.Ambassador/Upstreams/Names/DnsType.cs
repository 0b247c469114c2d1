namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>The kinds of records that we ask for or make sense of (RFC 1035, 2782, 3596).</summary>
internal enum DnsType : ushort
{
    A = 1,
    Cname = 5,
    Soa = 6,
    Aaaa = 28,
    Srv = 33,
}
