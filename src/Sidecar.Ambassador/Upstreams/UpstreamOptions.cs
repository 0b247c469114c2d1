namespace Sidecar.Ambassador.Upstreams;

/// <summary>How the endpoints of a route are chosen and judged.</summary>
/// <param name="MinHealthy">With fewer of the first endpoints up, those behind them are used.</param>
/// <param name="PanicPercent">With a smaller share of them up, it is ignored which are.</param>
/// <param name="SlowStart">For how long an endpoint that came up gets less than its share.</param>
internal sealed record UpstreamOptions(Balance Balance, EjectionOptions Ejection, int MinHealthy = 1, int PanicPercent = 0, TimeSpan SlowStart = default);
