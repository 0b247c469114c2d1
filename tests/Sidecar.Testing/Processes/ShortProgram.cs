using System.Diagnostics;

namespace Sidecar.Testing.Processes;

/// A program that others made, which runs to its end.
public static class ShortProgram
{
    /// What it wrote, or what it complained of when it ended with another code than 0; null when there is no such program here. It is
    /// ended with all that it started when it takes longer than a minute: throws OperationCanceledException then.
    public static async Task<(int Code, string Said)?> RunAsync(string program, string folder, string[] arguments, CancellationToken cancellation)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = folder,
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        using (process)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(TimeSpan.FromMinutes(1));
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            return (process.ExitCode, process.ExitCode == 0 ? await output : await errors);
        }
    }

    /// A folder that has packages of npm, beside the other temporary ones and kept for the next run; or why there is none.
    public static async Task<(string? Folder, string Trouble)> InstalledAsync(string[] packages, CancellationToken cancellation)
    {
        var folder = Path.Combine(Path.GetTempPath(), "sidecars-npm-" + string.Concat(string.Join('-', packages).Where(one => char.IsLetterOrDigit(one) || one == '-')));
        if (Directory.Exists(folder))
            return (folder, "");

        var fresh = Directory.CreateTempSubdirectory("sidecars-npm-").FullName;
        string[] install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", fresh, .. packages];
        if (await RunAsync("npm", fresh, install, cancellation) is not { } installed)
            return (null, "npm is not on this machine");
        if (installed.Code != 0)
            return (null, $"npm can't install {string.Join(' ', packages)} here: {installed.Said.ReplaceLineEndings(" ")}");

        try
        {
            Directory.Move(fresh, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another test was quicker.
            Directory.Delete(fresh, recursive: true);
        }

        return (folder, "");
    }
}
