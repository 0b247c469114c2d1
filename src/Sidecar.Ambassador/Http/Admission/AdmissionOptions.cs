namespace Sidecar.Ambassador.Http.Admission;

/// <summary>How much of a route's traffic is let through.</summary>
/// <param name="MaxRequests">So many requests under way; 0 for no limit.</param>
/// <param name="MaxPending">So many more wait for their turn.</param>
/// <param name="MaxConnections">So many connections to each endpoint; 0 for no limit.</param>
/// <param name="Rate">So many requests begin in a period; null for no limit.</param>
internal sealed record AdmissionOptions(int MaxRequests, int MaxPending, int MaxConnections, Rate? Rate);
