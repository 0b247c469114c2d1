using System.Diagnostics;
using System.Text;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Tailing;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

/// Rotation that compresses, by the real gzip.
public sealed class CompressedTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_file_that_is_renamed_and_compressed_at_once_while_the_destination_is_down_is_shipped_once()
    {
        _rig.Destination.Answer = _ => new SendResult.Unavailable("down");
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 1, cancellation: Cancellation);

        _rig.Volume.Append("app.log", "two\n");
        File.Move(path, path + ".1");
        await Gzip.FileAsync(path + ".1");
        _rig.Volume.Write("app.log", "three\n");
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 2, cancellation: Cancellation);
        _rig.Destination.Answer = _ => null;

        await ShippedInAnyOrderAsync("one", "two", "three");
        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.lost"));
    }

    [Fact]
    public async Task What_was_unread_of_a_file_that_was_rotated_and_compressed_while_no_agent_ran_is_read_in_the_compressed_one()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        await RunAsync("one");

        _rig.Volume.Append("app.log", "two\nthree\n");
        File.Move(path, path + ".1");
        await Gzip.FileAsync(path + ".1");
        _rig.Volume.Write("app.log", "four\n");
        _rig.Start();

        await ShippedInAnyOrderAsync("one", "two", "three", "four");
        await RestartAndSeeNothingNewAsync(4);
        Assert.Equal(["app.log"], _rig.Destination.Events.Select(one => one.Target.Stream).Distinct());
        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.lost"));
    }

    [Fact]
    public async Task What_was_unread_of_a_file_that_was_compressed_in_several_parts_is_read_in_them()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        await RunAsync("one");

        File.Delete(path);
        await File.WriteAllBytesAsync(path + ".1.gz", [.. await Gzip.PartAsync("one\ntwo\n"), .. await Gzip.PartAsync("three\n"), .. await Gzip.PartAsync("four\n")], Cancellation);
        _rig.Start();

        await ShippedInAnyOrderAsync("one", "two", "three", "four");
        await RestartAndSeeNothingNewAsync(4);
    }

    [Fact]
    public async Task An_archive_to_which_each_generation_is_appended_repeats_nothing()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        await RunAsync("one");
        File.Move(path, path + ".1");
        await Gzip.FileAsync(path + ".1");
        await RunAsync("one");

        _rig.Volume.Write("app.log", "two\n");
        await RunAsync("one", "two");
        await File.AppendAllBytesAsync(path + ".1.gz", await Gzip.PartAsync("two\n"), Cancellation);
        await File.WriteAllTextAsync(path, "", Cancellation);
        await File.WriteAllBytesAsync(path + ".2.gz", [.. await Gzip.PartAsync("long ago\n"), .. await Gzip.PartAsync("two\n")], Cancellation);
        _rig.Start();
        _rig.Volume.Append("app.log", "three\n");

        await ShippedInAnyOrderAsync("one", "two", "three");
        await RestartAndSeeNothingNewAsync(3);
    }

    [Fact]
    public async Task A_file_of_which_nothing_was_ever_taken_is_known_in_its_compressed_form_by_what_was_seen_of_it()
    {
        _rig.Destination.Answer = _ => new SendResult.Unavailable("down");
        var path = _rig.Volume.Write("app.log", "one\ntwo\n");
        _rig.Start();
        await Eventually.TrueAsync(() => File.Exists(_rig.PathOf("state/checkpoints.json")), cancellation: Cancellation);
        await _rig.KillAsync();

        File.Move(path, path + ".1");
        await Gzip.FileAsync(path + ".1");
        _rig.Destination.Answer = _ => null;
        _rig.Start();

        await ShippedInAnyOrderAsync("one", "two");
        await RestartAndSeeNothingNewAsync(2);
    }

    [Theory]
    [InlineData("*.log", true)]
    [InlineData("app.log*", true)]
    [InlineData("*", true)]
    [InlineData("*", false)]
    public async Task A_file_that_was_read_is_never_read_again_when_it_is_compressed(string glob, bool keepsTime)
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf(glob))] };
        var path = _rig.Volume.Write("app.log", "one\ntwo\n");
        _rig.Start();
        await _rig.ShippedAsync("one", "two");
        File.Move(path, path + ".1");
        _rig.Volume.Write("app.log", "three\n");
        await ShippedInAnyOrderAsync("one", "two", "three");
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count <= 2, cancellation: Cancellation);

        await Gzip.FileAsync(path + ".1", keepsTime);

        await RestartAndSeeNothingNewAsync(3);
        File.Move(path + ".1.gz", path + ".2.gz");
        _rig.Volume.Append("app.log", "four\n");
        await ShippedInAnyOrderAsync("one", "two", "three", "four");
        await RestartAndSeeNothingNewAsync(4);
    }

    [Fact]
    public async Task Generations_that_came_were_rotated_and_compressed_while_no_agent_ran_are_all_read()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        await RunAsync("one");

        _rig.Volume.Append("app.log", "two\n");
        for (var generation = 3; generation <= 5; generation++)
        {
            await Gzip.RotateAsync(path);
            _rig.Volume.Write("app.log", $"generation {generation}\n");
        }

        _rig.Start();

        await ShippedInAnyOrderAsync("one", "two", "generation 3", "generation 4", "generation 5");
        await RestartAndSeeNothingNewAsync(5);
    }

    [Fact]
    public async Task Files_with_the_same_first_bytes_are_told_apart_by_what_lies_before_the_offset()
    {
        var banner = string.Concat(Enumerable.Range(0, 150).Select(n => $"the same banner in every file {n}\n"));
        var lines = banner.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var path = _rig.Volume.Write("app.log", banner + "one\n");
        await RunAsync([.. lines, "one"]);

        _rig.Volume.Append("app.log", "rest of one\n");
        await Gzip.RotateAsync(path);
        _rig.Volume.Write("app.log", banner + "two\n");
        await Gzip.RotateAsync(path);
        _rig.Volume.Write("app.log", banner + "three\n");
        _rig.Start();

        await ShippedInAnyOrderAsync([.. lines, .. lines, .. lines, "one", "rest of one", "two", "three"]);
        await RestartAndSeeNothingNewAsync((lines.Length * 3) + 4);
    }

    [Fact]
    public async Task Generations_that_hold_the_same_to_the_byte_are_each_shipped()
    {
        await RunEqualGenerationsAsync(static _ => { });
    }

    [Fact]
    public async Task A_generation_that_holds_the_same_is_shipped_although_the_next_one_was_made_in_the_millisecond_of_its_last_line()
    {
        await RunEqualGenerationsAsync(
            path => File.SetLastWriteTimeUtc(path + ".1.gz", DateTime.UnixEpoch.AddMilliseconds(FileStat.Of(path)!.Value.BornMs)));
    }

    [Fact]
    public async Task The_unread_tail_of_a_truncated_file_is_fetched_from_its_copy_although_that_is_compressed()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        await RunAsync("one");

        _rig.Volume.Append("app.log", "two\n");
        File.Copy(path, path + ".1");
        await Gzip.FileAsync(path + ".1");
        File.WriteAllText(path, "three\n");
        _rig.Start();

        await ShippedInAnyOrderAsync("one", "two", "three");
        await RestartAndSeeNothingNewAsync(3);
        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.lost"));
    }

    [Fact]
    public async Task A_compressed_file_is_read_only_once_it_is_whole()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        _rig.Destination.Answer = _ => new SendResult.Unavailable("down");
        _rig.Volume.Append("app.log", string.Concat(Enumerable.Range(0, 20_000).Select(n => $"{n} {Guid.NewGuid()}\n")));
        await RememberedAsync("one\n".Length);
        await _rig.KillAsync();
        _rig.Destination.Answer = _ => null;
        File.Move(path, path + ".1");
        await Gzip.FileAsync(path + ".1");
        var whole = await File.ReadAllBytesAsync(path + ".1.gz", Cancellation);
        await File.WriteAllBytesAsync(path + ".1.gz", whole[..^100_000], Cancellation);
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.bytes.lost") > 0, cancellation: Cancellation);
        Assert.Single(_rig.Destination.Messages);

        await File.WriteAllBytesAsync(path + ".2.gz", whole, Cancellation);
        File.Move(path + ".2.gz", path + ".1.gz", overwrite: true);

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 20_001, cancellation: Cancellation);
        await RestartAndSeeNothingNewAsync(20_001);
    }

    [Fact]
    public async Task The_rest_of_a_large_one_is_read_in_one_go()
    {
        var line = new string('x', 199) + "\n";
        var path = _rig.Volume.Write("app.log", "one\n");
        await RunAsync("one");
        _rig.Volume.Append("app.log", string.Concat(Enumerable.Repeat(line, 150_000)));
        await Gzip.RotateAsync(path);
        var started = Stopwatch.StartNew();
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 150_001, cancellation: Cancellation);

        Assert.InRange(started.Elapsed.TotalSeconds, 0, 10);
    }

    [Fact]
    public async Task More_compressed_files_than_are_read_at_once_are_read_one_after_the_other()
    {
        var names = Enumerable.Range(0, 12).Select(n => $"app{n}.log").ToList();
        foreach (var name in names)
            _rig.Volume.Write(name, $"{name} one\n");
        await RunAsync([.. names.Select(name => $"{name} one")]);
        foreach (var name in names)
        {
            _rig.Volume.Append(name, $"{name} two\n");
            await Gzip.RotateAsync(_rig.PathOf(name));
        }

        _rig.Options = _rig.Options with { QuietPeriod = TimeSpan.FromMinutes(1) };
        _rig.Start();
        await _rig.DrainAsync();

        await ShippedInAnyOrderAsync([.. names.Select(name => $"{name} one"), .. names.Select(name => $"{name} two")]);
        Assert.Equal(0, _rig.Counted("sidecar.logs.bytes.lost"));
    }

    [Fact]
    public async Task After_a_kill_while_some_compressed_files_still_waited_they_are_read_although_the_name_is_free()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        await RunAsync("one");
        for (var generation = 2; generation <= 8; generation++)
        {
            _rig.Volume.Append("app.log", $"generation {generation}\n");
            await Gzip.RotateAsync(path);
        }

        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count > 1, cancellation: Cancellation);
        await _rig.KillAsync();
        _rig.Start();

        await Eventually.EqualAsync(8, () => _rig.Destination.Messages.Distinct().Count(), cancellation: Cancellation);
    }

    [Fact]
    public async Task A_compressed_file_that_nobody_remembers_is_not_read_although_a_glob_names_it()
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("*.log*"))] };
        var old = _rig.Volume.Write("old.log.1", "never asked for\n");
        await Gzip.FileAsync(old);
        _rig.Volume.Write("app.log", "one\n");

        await RunAsync("one");
        _rig.Start();
        await RestartAndSeeNothingNewAsync(1);
    }

    [Theory]
    [InlineData(".zst")]
    [InlineData(".xz")]
    public async Task Where_the_rest_is_in_a_compression_that_is_not_read_it_is_said_how_much_it_was(string ending)
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        _rig.Destination.Answer = _ => new SendResult.Unavailable("down");
        _rig.Volume.Append("app.log", "12345\n");
        await RememberedAsync("one\n".Length);
        await _rig.KillAsync();

        File.Delete(path);
        _rig.Volume.Write("app.log.1" + ending, "compressed in some way");
        _rig.Destination.Answer = _ => null;
        _rig.Start();

        await Eventually.EqualAsync(6, () => _rig.Counted("sidecar.logs.bytes.lost"), cancellation: Cancellation);
        Assert.Contains(_rig.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("6 bytes of it were not read", StringComparison.Ordinal));
        Assert.Equal(["one"], _rig.Destination.Messages);
    }

    [Fact]
    public async Task Where_the_rest_is_nowhere_it_is_counted_how_much_it_was()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        _rig.Destination.Answer = _ => new SendResult.Unavailable("down");
        _rig.Volume.Append("app.log", "12345\n");
        await RememberedAsync("one\n".Length);
        await _rig.KillAsync();

        File.Delete(path);
        _rig.Destination.Answer = _ => null;
        _rig.Start();

        await Eventually.EqualAsync(6, () => _rig.Counted("sidecar.logs.bytes.lost"), cancellation: Cancellation);
    }

    private Task RememberedAsync(int lessThan) => Eventually.TrueAsync(
        () => CheckpointStore.Read(_rig.PathOf("state"), out _) is [{ } one] && one.Size > lessThan, cancellation: Cancellation);

    private async Task RunAsync(params string[] expected)
    {
        _rig.Start();
        await ShippedInAnyOrderAsync(expected);
        await _rig.DrainAsync();
        await _rig.KillAsync();
    }

    private async Task RunEqualGenerationsAsync(Action<string> before)
    {
        var path = _rig.Volume.Write("app.log", "start\nstop\n");
        await RunAsync("start", "stop");

        await Gzip.RotateAsync(path);
        _rig.Volume.Write("app.log", "start\nstop\n");
        await Gzip.RotateAsync(path);
        _rig.Volume.Write("app.log", "start\nstop\n");
        before(path);
        _rig.Start();

        await ShippedInAnyOrderAsync("start", "stop", "start", "stop", "start", "stop");
        await RestartAndSeeNothingNewAsync(6);
    }

    private async Task RestartAndSeeNothingNewAsync(int count)
    {
        for (var i = 0; i < 2; i++)
        {
            if (i > 0)
                _rig.Start();
            await _rig.DrainAsync();
            Assert.Equal(count, _rig.Destination.Messages.Count);
            await _rig.KillAsync();
        }

        _rig.Start();
    }

    private async Task ShippedInAnyOrderAsync(params string[] expected)
    {
        var sorted = string.Join('|', expected.Order(StringComparer.Ordinal));
        await Eventually.MatchAsync(
            () => string.Join('|', _rig.Destination.Messages.Order(StringComparer.Ordinal)),
            seen => seen == sorted,
            cancellation: Cancellation,
            what: Encoding.UTF8.GetByteCount(sorted) < 500 ? sorted : $"{expected.Length} lines");
    }
}
