namespace Sidecar.Ambassador.Upstreams;

/// <summary>How the endpoints of a route are chosen and judged.</summary>
/// <param name="MinHealthy">With fewer of the first endpoints up, those behind them are used.</param>
/// <param name="PanicPercent">With a smaller share of them up, it is ignored which are.</param>
/// <param name="SlowStart">For how long an endpoint that came up gets less than its share.</param>
/// <param name="MustBeAsked">Whether an endpoint may be used only once it has said what it is.</param>
/// <param name="ClosesSessions">Whether connections leave an endpoint that a check found down.</param>
internal sealed record UpstreamOptions(
    Balance Balance, EjectionOptions Ejection, int MinHealthy = 1, int PanicPercent = 0, TimeSpan SlowStart = default, bool MustBeAsked = false, bool ClosesSessions = false);
