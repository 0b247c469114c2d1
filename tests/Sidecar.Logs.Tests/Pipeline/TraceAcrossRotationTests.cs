using LogTraces;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Pipeline;

public sealed class TraceAcrossRotationTests : IAsyncDisposable
{
    private const string Head = "2026-01-02 03:04:05 ERROR boom\njava.io.IOException: disk\n\tat com.example.Disk.write(Disk.java:9)\n";
    private const string Rest = "\tat com.example.Main.main(Main.java:5)\nCaused by: java.io.IOException: full\n\t... 12 more\n";
    private const string Next = "2026-01-02 03:04:06 INFO on we go\n";

    private readonly PipelineRig _rig = new();
    private readonly string _path;

    public TraceAcrossRotationTests()
    {
        _path = _rig.PathOf("app.log");
        _rig.Options = _rig.Options with
        {
            Sources = [Sources.Of(_path, lines: "auto")],
            MultilineTimeout = TimeSpan.FromSeconds(3),
            PartialTimeout = TimeSpan.FromSeconds(3),
        };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Whole => (Head + Rest).TrimEnd('\n');

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_trace_that_a_rename_sets_apart_is_one_event_and_both_its_parts_are_acknowledged_with_it()
    {
        File.WriteAllText(_path, "2026-01-02 03:04:04 INFO before\n" + Head);
        _rig.Start();
        await _rig.ShippedAsync("2026-01-02 03:04:04 INFO before");

        Rotate(Rest);
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 2, cancellation: Cancellation);
        File.AppendAllText(_path, Next);

        await _rig.ShippedAsync("2026-01-02 03:04:04 INFO before", Whole, Next.TrimEnd('\n'));
        await Eventually.MatchAsync(() => _rig.OpenFiles, open => open.SequenceEqual(["app.log"]), cancellation: Cancellation);
        await _rig.KillAsync();
        _rig.Start();
        File.AppendAllText(_path, "2026-01-02 03:04:07 INFO last\n2026-01-02 03:04:07 INFO held\n");
        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 4, cancellation: Cancellation);
        Assert.Equal("2026-01-02 03:04:07 INFO last", _rig.Destination.Messages[^1]);
    }

    [Fact]
    public async Task It_is_one_event_also_when_the_agent_is_killed_between_its_parts()
    {
        File.WriteAllText(_path, "2026-01-02 03:04:04 INFO before\n" + Head);
        _rig.Start();
        await _rig.ShippedAsync("2026-01-02 03:04:04 INFO before");
        await Eventually.EqualAsync(
            32, () => CheckpointStore.Read(_rig.PathOf("state"), out _)?.Single().Bookmark.Offset, cancellation: Cancellation);
        await _rig.KillAsync();

        Rotate(Rest + Next);
        _rig.Start();

        await _rig.ShippedAsync("2026-01-02 03:04:04 INFO before", Whole, Next.TrimEnd('\n'));
    }

    [Fact]
    public async Task It_is_one_event_also_when_a_copy_was_made_and_the_file_truncated()
    {
        File.WriteAllText(_path, "2026-01-02 03:04:04 INFO before\n" + Head);
        _rig.Start();
        await _rig.ShippedAsync("2026-01-02 03:04:04 INFO before");

        File.Copy(_path, _path + ".1");
        File.WriteAllText(_path, Rest + Next);

        await _rig.ShippedAsync("2026-01-02 03:04:04 INFO before", Whole, Next.TrimEnd('\n'));
    }

    [Fact]
    public async Task An_event_that_the_new_file_does_not_carry_on_waits_no_longer()
    {
        _rig.Options = _rig.Options with { MultilineTimeout = TimeSpan.FromMinutes(1) };
        File.WriteAllText(_path, Head);
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 1, cancellation: Cancellation);

        Rotate("  .   ____          _\n /\\\\ / ___'_ __ _\n :: Banner ::\n" + Next + Next);

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count >= 5, cancellation: Cancellation);
        Assert.Equal(Head.TrimEnd('\n'), _rig.Destination.Messages[0]);
        Assert.Equal(Next.TrimEnd('\n'), _rig.Destination.Messages[^1]);
    }

    [Fact]
    public async Task What_two_renames_set_apart_is_one_event_in_order()
    {
        File.WriteAllText(_path, "2026-01-02 03:04:04 INFO before\n" + Head);
        _rig.Start();
        await _rig.ShippedAsync("2026-01-02 03:04:04 INFO before");

        Rotate("\tat com.example.Main.main(Main.java:5)\n");
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 2, cancellation: Cancellation);
        Rotate("Caused by: java.io.IOException: full\n\t... 12 more\n" + Next + Next);

        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count >= 3, cancellation: Cancellation);
        Assert.Equal(Whole, string.Join('\n', _rig.Destination.Messages.Skip(1).TakeWhile(one => one != Next.TrimEnd('\n'))));
    }

    [Theory]
    [InlineData("java")]
    [InlineData("python")]
    [InlineData("go")]
    [InlineData("ruby-output")]
    [InlineData("mixed")]
    public async Task Every_trace_comes_out_as_it_was_written_while_files_are_rotated_in_the_middle_of_them(string name)
    {
        // Long enough for a machine that stops in between: what is held to the end is a line that nobody asks for.
        _rig.Options = _rig.Options with { MultilineTimeout = TimeSpan.FromMinutes(1), PartialTimeout = TimeSpan.FromMinutes(1) };
        var random = new Random(5);
        var events = TraceFiles.EventsOf(name, LongRun.Of(300, 5000), 5).ToList();
        File.WriteAllText(_path, "");
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.OpenFiles.Count == 1, cancellation: Cancellation);

        var rotations = 0;
        var written = "";
        foreach (var lines in events.Select(one => one.Split('\n')))
        {
            foreach (var line in lines)
            {
                var isMiddle = line != lines[0] && line.Length > 0 && IsOfTrace(line);
                if (isMiddle && written.Length > 0 && random.Next(20) == 0)
                {
                    File.AppendAllText(_path, written);
                    Rotate("");
                    written = "";
                    rotations++;
                    await Eventually.TrueAsync(() => IsReadingNew(rotations), cancellation: Cancellation);
                }

                written += line + "\n";
            }
        }

        File.AppendAllText(_path, written + Next);
        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count >= events.Count, TimeSpan.FromSeconds(LongRun.Of(20, 120)), Cancellation);
        Assert.Equal(events, _rig.Destination.Messages);
        Assert.InRange(rotations, 10, int.MaxValue);
    }

    private bool IsReadingNew(int rotations) =>
        _rig.Counted("sidecar.logs.rotations") == rotations && _rig.Running.Status().Any(file => !file!["rotated"]!.GetValue<bool>());

    private static bool IsOfTrace(string line)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(line);
        return LineStart.Of(bytes) == LineKind.Indented ? line[0] == '\t' || line.StartsWith("   ", StringComparison.Ordinal) || TraceLine.IsFrame(bytes) : TraceLine.Of(bytes, TraceKinds.All) == LineKind.Joint;
    }

    private void Rotate(string first)
    {
        for (var i = 9; i > 0; i--)
        {
            if (File.Exists($"{_path}.{i}"))
                File.Move($"{_path}.{i}", $"{_path}.{i + 1}", overwrite: true);
        }

        File.Move(_path, _path + ".1");
        File.WriteAllText(_path, first);
    }
}
