using System.Diagnostics;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

/// Files that are easily taken for one another.
public sealed class IdentityTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Files_of_ten_bytes_that_hold_the_same_are_each_shipped_once()
    {
        for (var n = 0; n < 50; n++)
            _rig.Volume.Write($"app{n}.log", "123456789\n");
        _rig.Start();
        await CountAsync(50);
        await RestartAsync();
        for (var n = 0; n < 50; n++)
        {
            File.Move(_rig.PathOf($"app{n}.log"), _rig.PathOf($"app{n}.log.1"));
            _rig.Volume.Write($"app{n}.log", "123456789\n");
        }

        await CountAsync(100);
        await RestartAsync();
        Assert.Equal(100, _rig.Destination.Messages.Count);
    }

    [Fact]
    public async Task Files_with_the_same_first_kilobytes_keep_to_their_own_offsets_through_rotation_and_restart()
    {
        var banner = string.Concat(Enumerable.Range(0, 100).Select(n => $"the same banner in every file of the application, line {n}\n"));
        Assert.True(banner.Length > 4 * 1024);
        var path = _rig.Volume.Write("a.log", banner + "a one\n");
        _rig.Volume.Write("b.log", banner);
        _rig.Start();
        await CountAsync(201);
        await _rig.DrainAsync();
        await _rig.KillAsync();

        _rig.Volume.Append("a.log", "a two\n");
        File.Move(path, path + ".1");
        _rig.Volume.Write("a.log", banner + "a three\n");
        _rig.Volume.Append("b.log", "b one\n");
        _rig.Start();
        await CountAsync(201 + 1 + 101 + 1);
        File.WriteAllText(path, banner);
        await CountAsync(201 + 1 + 101 + 1 + 100);

        await RestartAsync();
        Assert.Equal(404, _rig.Destination.Messages.Count);
        Assert.Equal(["a one", "a three", "a two", "b one"], _rig.Destination.Messages.Where(line => !line.StartsWith("the same", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [InlineData("/tmp")]
    [InlineData("/dev/shm")]
    public async Task Inodes_that_are_given_to_other_files_again_and_again_confuse_nothing(string volume)
    {
        Assert.SkipUnless(Directory.Exists(volume), $"there is no {volume}");
        const int Rounds = 12;
        const int Files = 150;
        var folder = Directory.CreateDirectory(Path.Combine(volume, Path.GetRandomFileName()));
        try
        {
            _rig.Options = _rig.Options with { Sources = [Sources.Of(Path.Combine(folder.FullName, "*.log"))], QuietPeriod = TimeSpan.FromMilliseconds(50) };
            _rig.Start();
            for (var round = 0; round < Rounds; round++)
            {
                for (var n = 0; n < Files; n++)
                    await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{n}.log"), $"round {round:00} file {n:000}\n", Cancellation);
                await CountAsync((round + 1) * Files);
                if (round % 4 == 3)
                    await RestartAsync();
                foreach (var file in folder.GetFiles())
                    file.Delete();
            }

            Assert.Equal(Rounds * Files, _rig.Destination.Messages.Distinct().Count());
            Assert.Equal(Rounds * Files, _rig.Destination.Messages.Count);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_link_that_is_switched_to_another_file_is_followed_and_what_it_led_to_is_read_to_its_end()
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("current.log"))] };
        var first = _rig.Volume.Write("data/first", "one\n");
        var second = _rig.Volume.Write("data/second", "two\n");
        File.CreateSymbolicLink(_rig.PathOf("current.log"), first);
        _rig.Start();
        await _rig.ShippedAsync("one");

        File.CreateSymbolicLink(_rig.PathOf("next"), second);
        File.Move(_rig.PathOf("next"), _rig.PathOf("current.log"), overwrite: true);
        File.AppendAllText(first, "late one\n");
        await CountAsync(3);
        File.Move(second, second + ".1");
        File.WriteAllText(second, "three\n");

        await CountAsync(4);
        await RestartAsync();
        Assert.Equal(["late one", "one", "three", "two"], _rig.Destination.Messages.Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_file_of_the_old_name_that_is_longer_than_the_old_offset_is_read_from_its_beginning(bool isRunning)
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        if (!isRunning)
        {
            await _rig.DrainAsync();
            await _rig.KillAsync();
        }

        File.Delete(path);
        _rig.Volume.Write("app.log", "two, and longer than the old one was\nthree\n");
        if (!isRunning)
            _rig.Start();

        await _rig.ShippedAsync("one", "two, and longer than the old one was", "three");
    }

    [Fact]
    public async Task Half_a_line_at_a_kill_is_one_line_when_it_is_finished()
    {
        _rig.Options = _rig.Options with { PartialTimeout = TimeSpan.FromMinutes(1) };
        _rig.Volume.Write("app.log", "one\nha");
        _rig.Start();
        await _rig.ShippedAsync("one");
        await _rig.KillAsync();
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 1, cancellation: Cancellation);
        _rig.Volume.Append("app.log", "lf");
        await _rig.KillAsync();
        _rig.Volume.Append("app.log", "\ntwo\n");
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Contains("two"), cancellation: Cancellation);
        Assert.Equal(["half", "one", "two"], _rig.Destination.Messages.Distinct().Order());
    }

    [Fact]
    public async Task A_restart_between_any_two_steps_of_a_rotation_loses_nothing_and_repeats_nothing()
    {
        var path = _rig.PathOf("app.log");
        var written = new List<string>();
        List<Func<Task>> steps =
        [
            () => WriteAsync(3),
            () => MoveAsync(path, path + ".1"),
            () => WriteAsync(2),
            () => MoveAsync(path + ".1", path + ".2"),
            () => GzipAsync(path + ".2"),
            () => MoveAsync(path, path + ".1"),
            () => WriteAsync(1),
            () => MoveAsync(path + ".2.gz", path + ".3.gz"),
            () => GzipAsync(path + ".1"),
            () => WriteAsync(2),
            () => CopyTruncateAsync(),
            () => WriteAsync(1),
            () => GzipAsync(path + ".0"),
            () => WriteAsync(1),
        ];
        for (var round = 0; round < 2; round++)
        {
            foreach (var step in steps)
            {
                await step();
                _rig.Start();
                await CountAsync(written.Count);
                await _rig.DrainAsync();
                await _rig.KillAsync();
                Assert.Equal(written.Order(StringComparer.Ordinal), _rig.Destination.Messages.Order(StringComparer.Ordinal));
            }

            foreach (var file in Directory.GetFiles(_rig.Volume.Root, "app.log.*"))
                File.Delete(file);
        }

        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.lost"));

        Task WriteAsync(int lines)
        {
            for (var n = 0; n < lines; n++)
            {
                written.Add($"line {written.Count}");
                File.AppendAllText(path, written[^1] + "\n");
            }

            return Task.CompletedTask;
        }

        static Task MoveAsync(string from, string to)
        {
            File.Move(from, to);
            return Task.CompletedTask;
        }

        Task CopyTruncateAsync()
        {
            File.Copy(path, path + ".0");
            File.WriteAllText(path, "");
            return Task.CompletedTask;
        }

        static async Task GzipAsync(string file)
        {
            using var gzip = Process.Start("gzip", file);
            await gzip.WaitForExitAsync(Cancellation);
        }
    }

    private async Task CountAsync(int count)
    {
        await Eventually.MatchAsync(() => _rig.Destination.Messages.Count, seen => seen >= count, cancellation: Cancellation);
        Assert.Equal(count, _rig.Destination.Messages.Count);
    }

    private async Task RestartAsync()
    {
        await _rig.DrainAsync();
        await _rig.KillAsync();
        _rig.Start();
        await _rig.DrainAsync();
        await _rig.KillAsync();
        _rig.Start();
    }
}
