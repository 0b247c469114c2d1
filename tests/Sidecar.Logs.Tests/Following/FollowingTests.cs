using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

public sealed class FollowingTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Ships_what_is_there_from_its_beginning_and_what_is_appended()
    {
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();

        await _rig.ShippedAsync("one");
        _rig.Volume.Append("app.log", "two\nthree\n");

        await _rig.ShippedAsync("one", "two", "three");
    }

    [Fact]
    public async Task A_file_in_a_folder_that_appears_later_is_shipped_within_a_second_or_so()
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("pods/**/*.log"))] };
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Running.Status().Count == 0, cancellation: Cancellation);

        _rig.Volume.Write("pods/a/b/app.log", "late\n");

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 1, TimeSpan.FromSeconds(2), Cancellation);
    }

    [Fact]
    public async Task A_renamed_file_is_read_to_its_end_while_the_new_one_of_its_name_is_read()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        using (var writer = File.AppendText(path))
        {
            File.Move(path, path + ".1");
            _rig.Volume.Write("app.log", "new\n");
            await _rig.ShippedAsync("one", "new");
            writer.Write("late\n");
        }

        await _rig.ShippedAsync("one", "new", "late");
        Assert.Equal(["one", "new", "late"], _rig.Destination.In("app.log"));
        await Eventually.MatchAsync(() => _rig.OpenFiles, open => open.SequenceEqual(["app.log"]), cancellation: Cancellation);
        Assert.Equal(1, _rig.Counted("sidecar.logs.rotations"));
    }

    [Fact]
    public async Task A_name_that_the_glob_matches_too_does_not_make_a_rotated_file_a_new_one()
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("app.log*"))] };
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");

        File.Move(path, path + ".1");
        _rig.Volume.Write("app.log", "two\n");
        await _rig.ShippedAsync("one", "two");
        File.Move(path + ".1", path + ".2");
        File.Move(path, path + ".1");
        _rig.Volume.Write("app.log", "three\n");

        await _rig.ShippedAsync("one", "two", "three");
        await Eventually.MatchAsync(
            () => _rig.OpenFiles, open => open.SequenceEqual(["app.log", "app.log.1", "app.log.2"]), cancellation: Cancellation);
        Assert.Equal(["one", "two", "three"], _rig.Destination.In("app.log"));
    }

    [Fact]
    public async Task A_file_that_is_deleted_before_it_was_read_is_shipped_all_the_same()
    {
        var release = new TaskCompletionSource();
        _rig.Destination.Before = (_, _) => release.Task;
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.batches.inflight") == 1, cancellation: Cancellation);

        File.AppendAllText(path, "two\n");
        File.Delete(path);
        release.SetResult();

        await _rig.ShippedAsync("one", "two");
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 0, cancellation: Cancellation);
    }

    [Fact]
    public async Task A_truncated_file_starts_again_at_zero()
    {
        var path = _rig.Volume.Write("app.log", "one\ntwo\n");
        _rig.Start();
        await _rig.ShippedAsync("one", "two");

        File.WriteAllText(path, "three\n");

        await _rig.ShippedAsync("one", "two", "three");
        Assert.Equal(1, _rig.Counted("sidecar.logs.truncations"));
    }

    [Fact]
    public async Task A_file_that_was_truncated_and_outgrew_what_was_read_between_two_looks_is_noticed()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");

        File.WriteAllText(path, "another and longer\nlast\n");

        await _rig.ShippedAsync("one", "another and longer", "last");
    }

    [Fact]
    public async Task What_was_not_read_when_a_file_was_copied_and_truncated_is_read_from_the_copy()
    {
        var release = new TaskCompletionSource();
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        _rig.Destination.Before = (_, _) => release.Task;
        _rig.Volume.Append("app.log", "two\n");
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.batches.inflight") == 1, cancellation: Cancellation);
        _rig.Volume.Append("app.log", "three\n");

        File.Copy(path, path + ".1");
        File.WriteAllText(path, "");
        _rig.Volume.Append("app.log", "four\n");
        release.SetResult();

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 4, cancellation: Cancellation);
        Assert.Equal(["four", "one", "three", "two"], _rig.Destination.Messages.Order());
        await Eventually.MatchAsync(() => _rig.OpenFiles, open => open.SequenceEqual(["app.log"]), cancellation: Cancellation);
    }

    [Fact]
    public async Task A_last_line_without_its_newline_is_sent_when_it_was_quiet_and_not_again_when_the_newline_comes()
    {
        _rig.Volume.Write("app.log", "one\nhalf");
        _rig.Start();

        await _rig.ShippedAsync("one", "half");
        _rig.Volume.Append("app.log", "\r\nnext\n");

        await _rig.ShippedAsync("one", "half", "next");
    }

    [Fact]
    public async Task A_line_that_is_being_written_is_not_sent_in_pieces()
    {
        _rig.Volume.Write("app.log", "one\nha");
        _rig.Start();
        await _rig.ShippedAsync("one");

        _rig.Volume.Append("app.log", "lf\n");

        await _rig.ShippedAsync("one", "half");
    }

    [Fact]
    public async Task A_stack_trace_is_one_event()
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("*.log"), lines: "auto")] };
        _rig.Volume.Write("app.log", "boom\n  at x\nCaused by: y\n");
        _rig.Start();

        await _rig.ShippedAsync("boom\n  at x\nCaused by: y");
    }

    [Fact]
    public async Task Start_at_the_end_skips_only_what_was_there_at_the_very_first_start()
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("*.log"), start: LogStart.End)] };
        _rig.Volume.Write("old.log", "past\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 1, cancellation: Cancellation);
        _rig.Volume.Append("old.log", "one\n");
        await _rig.ShippedAsync("one");
        await Eventually.TrueAsync(() => File.Exists(_rig.PathOf("state/checkpoints.json")), cancellation: Cancellation);

        await _rig.KillAsync();
        _rig.Volume.Write("new.log", "two\n");
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Contains("two"), cancellation: Cancellation);
        Assert.DoesNotContain("past", _rig.Destination.Messages);
    }

    [Fact]
    public async Task Start_at_the_end_skips_the_past_of_a_file_whose_stream_is_named_later_and_nothing_else()
    {
        var surroundings = new Surroundings(new Dictionary<string, string>(StringComparer.Ordinal));
        _rig.Options = _rig.Options with
        {
            Sources = [Sources.Of(_rig.PathOf("*.log"), start: LogStart.End, stream: "{task}/{file}")], Surroundings = surroundings,
        };
        _rig.Volume.Write("old.log", "past\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Running.Looks > 2, cancellation: Cancellation);
        _rig.Volume.Append("old.log", "one\n");
        _rig.Volume.Write("new.log", "two\n");

        surroundings.Learn(new Dictionary<string, string>(StringComparer.Ordinal) { [Placeholders.Task] = "0f6a" });

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count >= 2, cancellation: Cancellation);
        Assert.Equal(["one", "two"], _rig.Destination.Messages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task That_nothing_matches_is_said_once_and_what_comes_later_is_followed()
    {
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Running.Looks > 5, cancellation: Cancellation);

        _rig.Volume.Write("app.log", "one\n");
        await _rig.ShippedAsync("one");

        Assert.Single(_rig.Log.Lines, line => line.Contains("no file matches", StringComparison.Ordinal));
    }

    /// So does a file that vanishes between the look at its folder and the one at itself.
    [Fact]
    public async Task A_name_that_leads_nowhere_is_no_trouble_and_is_followed_once_it_leads_to_a_file()
    {
        File.CreateSymbolicLink(_rig.PathOf("link.log"), _rig.PathOf("later"));
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");

        _rig.Volume.Write("later", "two\n");

        await _rig.ShippedAsync("one", "two");
        Assert.DoesNotContain(_rig.Log.Lines, line => line.Contains("link.log' is not read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_agents_own_files_are_never_shipped()
    {
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("**"))] };
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();

        await _rig.ShippedAsync("one");
        await Eventually.TrueAsync(() => File.Exists(_rig.PathOf("state/checkpoints.json")), cancellation: Cancellation);
        _rig.Volume.Append("app.log", "two\n");
        await _rig.ShippedAsync("one", "two");
        Assert.Equal(["app.log"], _rig.OpenFiles);
    }

    [Fact]
    public async Task Files_that_follow_each_other_faster_than_they_are_looked_at_arrive_in_their_order()
    {
        _rig.Options = _rig.Options with { PollInterval = TimeSpan.FromMilliseconds(300) };
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");

        _rig.Volume.Append("app.log", "two\n");
        File.Move(path, path + ".2");
        _rig.Volume.Write("app.log", "three\n");
        File.Move(path, path + ".1");
        _rig.Volume.Write("app.log", "four\n");

        await _rig.ShippedAsync("one", "two", "three", "four");
    }

    [Fact]
    public async Task They_do_also_when_a_batch_is_under_way_and_the_writer_follows_the_rotation_late()
    {
        var release = new TaskCompletionSource();
        _rig.Destination.Before = (_, _) => release.Task;
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.batches.inflight") == 1, cancellation: Cancellation);

        File.Move(path, path + ".2");
        _rig.Volume.Write("app.log", "two\n");
        File.Move(path, path + ".1");
        _rig.Volume.Write("app.log", "four\n");
        _rig.Volume.Append("app.log.1", "three\n");
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.rotations") > 0, cancellation: Cancellation);
        release.SetResult();

        await _rig.ShippedAsync("one", "two", "three", "four");
    }
}
