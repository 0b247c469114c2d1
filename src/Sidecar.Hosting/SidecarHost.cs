using System.Collections;
using System.CommandLine;
using Sidecar.Hosting.Commands;

namespace Sidecar.Hosting;

/// <summary>One call from Program: command line, settings, logging, admin port, banner, life cycle, exit codes.</summary>
public static class SidecarHost
{
    /// <param name="agent">The agent's short name: logs, ambassador or adapter.</param>
    /// <param name="args">The command line.</param>
    /// <param name="configure">Adds what makes this agent this agent.</param>
    /// <returns>The exit code: 0 stopped as asked, 1 failed, 64 wrong settings or command line.</returns>
    public static Task<int> RunAsync(string agent, string[] args, Action<SidecarBuilder> configure) =>
        RunAsync(agent, args, configure, ProcessEnvironment(), Console.Out, Console.Error, TimeProvider.System);

    internal static async Task<int> RunAsync(
        string agent, string[] args, Action<SidecarBuilder> configure, IReadOnlyDictionary<string, string> environment,
        TextWriter output, TextWriter error, TimeProvider time)
    {
        var builder = new SidecarBuilder(agent);
        configure(builder);
        var context = new SidecarContext(builder, environment, output, error, time);
        var parsed = CommandLine.Of(context).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var fault in parsed.Errors)
            {
                error.WriteLine($"sidecar-{agent}: {fault.Message}");
            }

            error.WriteLine($"sidecar-{agent}: --help shows the commands; settings come from environment variables ('sidecar-{agent} settings')");
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    private static Dictionary<string, string> ProcessEnvironment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
#pragma warning disable RS0030 // The one place that reads the environment; everything else goes through the schema.
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
#pragma warning restore RS0030
        {
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return environment;
    }
}
