namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>What one check of an endpoint found.</summary>
/// <param name="Fault">What is wrong; null when all is well.</param>
/// <param name="IsUnfit">The endpoint lives and is not what the route leads to, a standby for example: nothing may go there.</param>
internal readonly record struct CheckResult(string? Fault, bool IsUnfit = false)
{
    public static readonly CheckResult Passed = new(Fault: null);

    public static CheckResult Failed(string fault) => new(fault);

    public static CheckResult Unfit(string fault) => new(fault, IsUnfit: true);
}
