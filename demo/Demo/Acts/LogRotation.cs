using System.Globalization;
using Sidecar.Testing.Processes;

namespace Demo.Acts;

/// Rotates the app's log with the real logrotate: rename, create, and a HUP to the app.
internal sealed class LogRotation(Stage stage, Narrator narrator)
{
    private int _rotations;

    public async Task RotateAsync(CancellationToken cancellation)
    {
        var config = Path.Combine(stage.Folder, "logrotate.conf");
        await File.WriteAllTextAsync(
            config,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{stage.LogFile} {{\n  rotate 20\n  nocompress\n  create 0644\n  postrotate\n    kill -HUP {stage.App.Id}\n  endscript\n}}\n"),
            cancellation);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(config, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await using var logrotate = ChildProcess.Start(
            Programs.OfSystem("logrotate"), ["--force", "--state", Path.Combine(stage.Folder, "logrotate.state"), config]);
        if (await logrotate.WaitForExitAsync(cancellation: cancellation) != 0)
            throw new InvalidOperationException($"logrotate failed: {logrotate.Transcript}");

        _rotations++;
        var files = Directory.GetFiles(Path.GetDirectoryName(stage.LogFile)!).Length;
        if (files != _rotations + 1)
            throw new InvalidOperationException($"after {_rotations} rotations there are {files} log files");
        narrator.Say("demo", $"logrotate: app.log is app.log.1 now, {files - 1} old files");
    }
}
