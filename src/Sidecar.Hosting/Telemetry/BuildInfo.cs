using System.Reflection;

namespace Sidecar.Hosting.Telemetry;

/// <summary>Name, version and commit of the running program.</summary>
public sealed record BuildInfo(string Program, string Version, string Commit)
{
    /// <summary>Reads what the build wrote into the assembly: version, and after a '+' the commit.</summary>
    public static BuildInfo Of(string agent)
    {
        var informational = typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        var plus = informational.IndexOf('+', StringComparison.Ordinal);
        return plus < 0
            ? new BuildInfo($"sidecar-{agent}", informational, "unknown")
            : new BuildInfo($"sidecar-{agent}", informational[..plus], informational[(plus + 1)..][..Math.Min(12, informational.Length - plus - 1)]);
    }

    public override string ToString() => $"{Program} {Version} ({Commit})";
}
