namespace Sidecar.Testing.Processes;

/// Where build.sh put the published agents.
public static class Artifacts
{
    /// The program of an agent: sidecar-logs, sidecar-ambassador or sidecar-adapter.
    public static string ProgramOf(string agent)
    {
        var program = Path.Combine(Folder(), agent, agent);
        return File.Exists(program) ? program : throw new FileNotFoundException($"{program} is missing: run ./build.sh first.");
    }

    /// The folder that holds the solution.
    public static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Sidecars.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Sidecars.sln.");
    }

    private static string Folder()
    {
#pragma warning disable RS0030 // Tests have no settings schema; this one variable says where the published agents are.
        var given = Environment.GetEnvironmentVariable("SIDECAR_ARTIFACTS");
#pragma warning restore RS0030
        return string.IsNullOrEmpty(given) ? Path.Combine(RepositoryRoot(), "artifacts") : given;
    }
}
