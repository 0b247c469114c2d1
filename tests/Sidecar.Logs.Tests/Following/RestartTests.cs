using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

public sealed class RestartTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string State => _rig.PathOf("state/checkpoints.json");

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task After_a_drain_nothing_is_lost_and_nothing_repeated()
    {
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.DrainAsync();
        await _rig.KillAsync();
        _rig.Volume.Append("app.log", "two\n");
        _rig.Start();

        await _rig.ShippedAsync("one", "two");
        await _rig.DrainAsync();
        Assert.Equal(["one", "two"], _rig.Destination.Messages);
    }

    [Fact]
    public async Task A_drain_sends_a_last_line_without_its_newline_too()
    {
        _rig.Options = _rig.Options with { PartialTimeout = TimeSpan.FromMinutes(1), PollInterval = TimeSpan.FromMinutes(1) };
        _rig.Volume.Write("app.log", "one\nhalf");
        _rig.Start();

        await _rig.DrainAsync();

        Assert.Equal(["one", "half"], _rig.Destination.Messages);
    }

    [Fact]
    public async Task A_drain_that_the_destination_holds_up_ends_at_its_deadline_and_the_rest_is_sent_by_the_next_run()
    {
        _rig.Destination.Before = (_, cancellation) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await _rig.NewDrain().RunAsync(deadline.Token);
        await _rig.KillAsync();
        _rig.Destination.Before = (_, _) => Task.CompletedTask;
        _rig.Start();

        await _rig.ShippedAsync("one");
    }

    [Fact]
    public async Task A_file_that_was_rotated_away_while_we_were_down_is_read_to_its_end_under_its_new_name()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        await _rig.DrainAsync();
        await _rig.KillAsync();

        _rig.Volume.Append("app.log", "two\n");
        File.Move(path, path + ".2");
        _rig.Volume.Write("app.log", "three\n");
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.In("app.log").Count >= 3, cancellation: Cancellation);
        Assert.Equal(["one", "three", "two"], _rig.Destination.In("app.log").Order());
        await Eventually.MatchAsync(() => _rig.OpenFiles, open => open.SequenceEqual(["app.log"]), cancellation: Cancellation);
    }

    [Fact]
    public async Task Files_that_came_and_were_rotated_away_while_we_were_down_are_read_too_and_older_ones_are_not()
    {
        var old = _rig.Volume.Write("app.log.3", "never asked for\n");
        File.SetLastWriteTimeUtc(old, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.DrainAsync();
        await _rig.KillAsync();

        _rig.Volume.Append("app.log", "two\n");
        File.Move(path, path + ".2");
        _rig.Volume.Write("app.log.1", "three\n");
        _rig.Volume.Write("app.log", "four\n");
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.In("app.log").Count >= 4, cancellation: Cancellation);
        await Eventually.MatchAsync(() => _rig.OpenFiles, open => open.SequenceEqual(["app.log"]), cancellation: Cancellation);
        Assert.Equal(["four", "one", "three", "two"], _rig.Destination.In("app.log").Order());
    }

    [Fact]
    public async Task A_generation_that_might_have_been_a_copy_when_the_agent_was_killed_is_read_by_the_next_run()
    {
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        var isSending = new TaskCompletionSource();
        _rig.Destination.Before = (_, cancellation) =>
        {
            isSending.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        };
        _rig.Volume.Append("app.log", "two\n");
        await isSending.Task.WaitAsync(Cancellation);
        _rig.Volume.Write("app.log.1", "came and went between two looks\n");
        _rig.Volume.Write("other.log", "");
        await Eventually.MatchAsync(() => _rig.OpenFiles, open => open.Contains("other.log"), cancellation: Cancellation);
        var looks = _rig.Running.Looks;
        await Eventually.TrueAsync(() => _rig.Running.Looks >= looks + 2, cancellation: Cancellation);
        _rig.Running.Save();
        await _rig.KillAsync();

        _rig.Destination.Before = (_, _) => Task.CompletedTask;
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count >= 3, cancellation: Cancellation);
        Assert.Equal(["came and went between two looks", "one", "two"], _rig.Destination.Messages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_file_that_was_copied_and_truncated_while_we_were_down_is_read_on_in_its_copy()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.DrainAsync();
        await _rig.KillAsync();

        _rig.Volume.Append("app.log", "two\n");
        File.Copy(path, path + ".1");
        File.WriteAllText(path, "three\n");
        _rig.Start();

        await Eventually.TrueAsync(() => _rig.Destination.In("app.log").Count >= 3, cancellation: Cancellation);
        await Eventually.MatchAsync(() => _rig.OpenFiles, open => open.SequenceEqual(["app.log"]), cancellation: Cancellation);
        Assert.Equal(["one", "three", "two"], _rig.Destination.In("app.log").Order());
    }

    [Fact]
    public async Task A_file_that_was_read_to_its_end_and_gets_its_name_back_is_not_sent_again()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        File.Move(path, path + ".1");
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 0, cancellation: Cancellation);

        File.Move(path + ".1", path);
        _rig.Volume.Append("app.log", "two\n");

        await _rig.ShippedAsync("one", "two");
    }

    [Fact]
    public async Task An_inode_that_was_reused_for_another_file_is_read_from_its_beginning()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        await _rig.DrainAsync();
        await _rig.KillAsync();

        File.WriteAllText(path, "new head, longer than before\n");
        _rig.Start();

        await _rig.ShippedAsync("one", "new head, longer than before");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"version\":1,\"files\":[{\"device\":6")]
    public async Task A_state_that_was_lost_in_a_crash_means_reading_again_never_skipping(string state)
    {
        _rig.Options = _rig.Options with
        {
            Sources = [Sources.Of(_rig.PathOf("*.log"), start: LogStart.End)],
        };
        _rig.Volume.Write("app.log", "one\n");
        Directory.CreateDirectory(_rig.PathOf("state"));
        File.WriteAllText(State, state);

        _rig.Start();

        await _rig.ShippedAsync("one");
    }

    [Fact]
    public async Task Killed_at_any_moment_under_a_rotating_writer_nothing_is_lost_and_only_what_was_under_way_is_repeated()
    {
        var random = new Random(20260102);
        var written = new List<string> { "first" };
        var path = _rig.PathOf("app.log");
        var rotations = 0;
        File.AppendAllLines(path, ["first"]);
        _rig.Start();
        await _rig.ShippedAsync("first");
        await _rig.DrainAsync();
        await _rig.KillAsync();
        for (var round = 0; round < 12; round++)
        {
            _rig.Start();
            var until = random.Next(5, 40);
            for (var burst = 0; burst < until; burst++)
            {
                var lines = Enumerable.Range(0, random.Next(1, 50)).Select(n => $"{round} {burst} {n} {new string('x', random.Next(200))}").ToList();
                written.AddRange(lines);
                File.AppendAllLines(path, lines);
                if (random.Next(10) == 0)
                    File.Move(path, $"{path}.{++rotations}");
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(4)), TimeProvider.System, Cancellation);
            }

            await _rig.KillAsync();
        }

        _rig.Start();
        await Eventually.MatchAsync(
            () => written.Except(_rig.Destination.Messages).Count(), missing => missing == 0, cancellation: Cancellation);
        await _rig.DrainAsync();
        Assert.Empty(_rig.Destination.Messages.Except(written));
        Assert.InRange(_rig.Destination.Messages.Count - written.Count, 0, written.Count);
    }
}
