using System.Diagnostics;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

/// The real logrotate, under a writer that writes all the time.
public sealed class LogrotateTests : IAsyncDisposable
{
    private const int Rotations = 6;

    private readonly PipelineRig _rig = new();
    private readonly List<string> _written = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData("create")]
    [InlineData("create\ncompress\ndelaycompress")]
    [InlineData("nocreate")]
    public async Task Renaming_loses_no_line_and_repeats_none(string how)
    {
        await WriteUnderRotationAsync(how, followsName: true);

        await Eventually.MatchAsync(
            () => _written.Except(_rig.Destination.Messages).Take(5).ToList(), missing => missing.Count == 0, cancellation: Cancellation);
        await _rig.DrainAsync();
        Assert.Equal(_written.Order(StringComparer.Ordinal), _rig.Destination.Messages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Copying_and_truncating_loses_only_what_logrotate_itself_loses_and_repeats_nothing()
    {
        await WriteUnderRotationAsync("copytruncate", followsName: false);
        // The writer does not append, so each truncation leaves a hole of zeros before its next line.
        var kept = Directory.GetFiles(_rig.Volume.Root, "app.log*").SelectMany(File.ReadAllLines).Select(line => line.TrimStart('\0')).ToList();

        await Eventually.MatchAsync(
            () => kept.Except(_rig.Destination.Messages).Take(5).ToList(), missing => missing.Count == 0, cancellation: Cancellation);
        await _rig.DrainAsync();
        Assert.Empty(_rig.Destination.Messages.GroupBy(line => line).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.Empty(_rig.Destination.Messages.Except(_written));
    }

    private async Task WriteUnderRotationAsync(string how, bool followsName)
    {
        var path = _rig.Volume.Write("app.log", "");
        var config = _rig.Volume.Write("rotate.conf", $"{path} {{\nrotate 100\nmissingok\n{how}\n}}\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 1, cancellation: Cancellation);
        using var ended = new CancellationTokenSource();
        var writing = WriteAsync(path, followsName, ended.Token);
        for (var i = 0; i < Rotations; i++)
        {
            // Each file is seen before it is rotated, so that what is rotated twice, and then compressed, was known.
            var before = _written.Count;
            await Eventually.TrueAsync(() => _written.Count > before + 100, cancellation: Cancellation);
            var line = _written[before + 50];
            await Eventually.TrueAsync(() => _rig.Destination.Messages.Contains(line), cancellation: Cancellation);
            await RotateAsync(config);
        }

        await ended.CancelAsync();
        await writing;
    }

    private async Task WriteAsync(string path, bool followsName, CancellationToken ended)
    {
        await Task.Yield();
        var writer = new StreamWriter(path, append: true) { AutoFlush = true };
        for (var n = 0; !ended.IsCancellationRequested; n++)
        {
            var line = $"line {n} {new string('x', n % 100)}";
            await writer.WriteLineAsync(line.AsMemory(), CancellationToken.None);
            _written.Add(line);
            if (n % 20 != 0)
                continue;

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
            if (followsName)
            {
                await writer.DisposeAsync();
                writer = new StreamWriter(path, append: true) { AutoFlush = true };
            }
        }

        await writer.DisposeAsync();
    }

    private async Task RotateAsync(string config)
    {
        using var logrotate = Process.Start(new ProcessStartInfo("/usr/sbin/logrotate", ["-f", "-s", _rig.PathOf("rotate.state"), config])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var said = await logrotate.StandardError.ReadToEndAsync(Cancellation);
        await logrotate.WaitForExitAsync(Cancellation);
        Assert.True(logrotate.ExitCode == 0, said);
    }
}
