using System.IO.Compression;
using System.Text;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

/// Files that were rotated away before they could be followed under their name.
public sealed class UnseenTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();
    private int _marks;

    public UnseenTests() => _rig.Options = _rig.Options with { Sources = [.. _rig.Options.Sources, Marks] };

    private LogSource Marks => Sources.Of(_rig.PathOf("*.txt"), name: "marks");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_log_without_a_current_file_at_the_stop_that_was_written_copied_and_truncated_meanwhile_is_read_in_its_copy()
    {
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        File.Move(path, path + ".1");
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 0, cancellation: Cancellation);
        await _rig.DrainAsync();
        await _rig.KillAsync();

        File.Move(path + ".1", path + ".2");
        _rig.Volume.Write("app.log", "two\nthree\n");
        File.Copy(path, path + ".1");
        File.WriteAllText(path, "");
        _rig.Volume.Append("app.log", "four\n");
        _rig.Start();

        await ShippedInAnyOrderAsync("one", "two", "three", "four");
        await _rig.DrainAsync();
        Assert.Equal(4, _rig.Destination.Messages.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_rotated_before_the_name_of_its_stream_was_known_is_read_when_it_is(bool isKilled)
    {
        var surroundings = WaitForTheTask();
        var path = _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await SeenAsync();
        await RotateAgedAsync(path);
        _rig.Volume.Write("app.log", "two\n");
        if (isKilled)
            await RestartAsync();

        surroundings.Learn(new Dictionary<string, string>(StringComparer.Ordinal) { ["task"] = "t1" });

        await ShippedInAnyOrderAsync("one", "two");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_came_and_was_rotated_away_while_the_name_of_its_stream_was_unknown_is_read_after_a_kill_too(bool isKilled)
    {
        _rig.Volume.Write("other.log", "other\n");
        var surroundings = WaitForTheTask();
        _rig.Start();
        await SeenAsync();
        var path = _rig.Volume.Write("app.log", "one\n");
        await RotateAgedAsync(path);
        _rig.Volume.Write("app.log", "two\n");
        await SeenAsync();
        if (isKilled)
            await RestartAsync();

        surroundings.Learn(new Dictionary<string, string>(StringComparer.Ordinal) { ["task"] = "t1" });

        await ShippedInAnyOrderAsync("one", "other", "two");
    }

    [Fact]
    public async Task A_missed_file_whose_compression_was_under_way_when_the_agent_was_killed_is_read_once_it_is_whole()
    {
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();
        await _rig.ShippedAsync("one");
        var missed = _rig.PathOf("app.log.1.gz");
        var whole = GzipOf("came and went\n");
        await File.WriteAllBytesAsync(missed, whole[..^9], Cancellation);
        var writtenAt = File.GetLastWriteTimeUtc(missed);
        await SeenAsync();
        await RestartAsync();
        await SeenAsync();

        await File.WriteAllBytesAsync(missed, whole, Cancellation);
        File.SetLastWriteTimeUtc(missed, writtenAt);

        await ShippedInAnyOrderAsync("one", "came and went");
    }

    private static byte[] GzipOf(string text)
    {
        using var into = new MemoryStream();
        using (var gzip = new GZipStream(into, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return into.ToArray();
    }

    /// The stream is named after something that is not known yet.
    private Surroundings WaitForTheTask()
    {
        var surroundings = new Surroundings(new Dictionary<string, string>(StringComparer.Ordinal));
        _rig.Options = _rig.Options with { Sources = [Sources.Of(_rig.PathOf("*.log"), stream: "{task}/{file}"), Marks], Surroundings = surroundings };
        return surroundings;
    }

    /// The folder was looked through after all that has happened in it so far, and what that has led to is saved.
    private async Task SeenAsync()
    {
        var mark = $"mark{++_marks}.txt";
        _rig.Volume.Write(mark, "");
        await Eventually.TrueAsync(() => _rig.OpenFiles.Contains(mark), cancellation: Cancellation);
        var looks = _rig.Running.Looks;
        await Eventually.TrueAsync(() => _rig.Running.Looks >= looks + 2, cancellation: Cancellation);
        _rig.Running.Save();
    }

    /// Long after it was written to for the last time.
    private async Task RotateAgedAsync(string path)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancellation);
        File.Move(path, path + ".1");
    }

    private async Task RestartAsync()
    {
        await _rig.KillAsync();
        _rig.Start();
    }

    private async Task ShippedInAnyOrderAsync(params string[] expected) => await Eventually.MatchAsync(
        () => string.Join('|', _rig.Destination.Messages.Order(StringComparer.Ordinal)),
        seen => seen == string.Join('|', expected.Order(StringComparer.Ordinal)),
        cancellation: Cancellation);
}
