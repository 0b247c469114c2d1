namespace Sidecar.Ambassador.Http.Breaking;

/// <summary>When a route is given a rest.</summary>
/// <param name="Percent">So many percent of its requests failed.</param>
/// <param name="Window">Of late.</param>
/// <param name="Requests">And there were at least so many.</param>
/// <param name="Rest">For how long nothing is asked then.</param>
internal sealed record BreakerOptions(int Percent, TimeSpan Window, int Requests, TimeSpan Rest);
