using Sidecar.Testing.Processes;

namespace Demo;

/// The demo's own programs, as they were built beside this one.
internal static class Programs
{
    /// A framework-dependent program finds the runtime that we run on, wherever it is installed.
    public static IReadOnlyDictionary<string, string> DotnetEnvironment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..")),
    };

    public static string Built(string project, string program)
    {
        // demo/Demo/bin/Release/net10.0
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var configuration = output.Parent!.Name;
        var path = Path.Combine(Artifacts.RepositoryRoot(), "demo", project, "bin", configuration, output.Name, program);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: build demo/Demo first.");
    }

    /// A program of the system, also where an ordinary user's PATH does not lead.
    public static string OfSystem(string program) =>
        new[] { "/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin" }
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists) ?? program;
}
