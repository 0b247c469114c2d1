using System.Net;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>One record of an answer. What of it is set follows from its type.</summary>
/// <param name="Target">The other name of a CNAME, or the host of an SRV record.</param>
/// <param name="Ttl">For how long the record may be believed; of an SOA record, for how long that there is none.</param>
internal sealed record DnsRecord(string Name, DnsType Type, TimeSpan Ttl, IPAddress? Address = null, string? Target = null, SrvFields? Srv = null);
