using System.Globalization;
using System.Text;
using System.Text.Json;
using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Tests.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Sending;

/// Events that the service never takes, from the file to what becomes of them, with the stand-in that keeps the service's rules.
public sealed class RefusedEventsTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();
    private CloudWatchRig? _shipping;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        if (_shipping is not null)
            await _shipping.DisposeAsync();
    }

    [Fact]
    public async Task Rejected_lines_are_found_in_the_dead_letters_with_their_place_in_the_file()
    {
        var shipping = await ShippingAsync();
        var (old, now) = (Line(TimeSpan.FromDays(-20), "old é"), Line(TimeSpan.Zero, "fine"));
        var path = _rig.Volume.Write("app.log", old + now);
        _rig.Start();

        await StoredAsync(shipping, now.TrimEnd());

        var letter = Assert.Single(DeadLetters());
        Assert.Equal((old.TrimEnd(), "too_old"), (letter.GetProperty("message").GetString(), letter.GetProperty("reason").GetString()));
        Assert.Equal((path, 0L), (letter.GetProperty("path").GetString(), letter.GetProperty("offset").GetInt64()));
        await Eventually.EqualAsync(1, () => _rig.Counted("sidecar.logs.events.deadlettered"), cancellation: Cancellation);
        await Eventually.EqualAsync((1, 1), () => (_rig.Counted("sidecar.logs.events.rejected"), _rig.Counted("sidecar.logs.events.sent")), cancellation: Cancellation);
        await Eventually.TrueAsync(() => _rig.Running.Status().Single()!["backlog"]!.GetValue<long>() == 0, cancellation: Cancellation);
    }

    [Fact]
    public async Task Clamped_lines_arrive_with_the_oldest_time_that_the_group_takes()
    {
        _rig.Options = _rig.Options with { OutOfRange = OutOfRange.Clamp };
        var shipping = await ShippingAsync(o => o with { RetentionDays = 3 });
        _rig.Volume.Write("app.log", Line(TimeSpan.Zero, "creates the group"));
        _rig.Start();
        await Eventually.TrueAsync(() => shipping.Service.Groups.Any(group => group.RetentionDays == 3), cancellation: Cancellation);
        _rig.Volume.Append("app.log", Line(TimeSpan.FromDays(-20), "too old") + Line(TimeSpan.FromDays(-5), "expired") + Line(TimeSpan.Zero, "fine"));

        await Eventually.EqualAsync(4, () => shipping.Service.Events("/test", "app.log").Count, cancellation: Cancellation);

        var oldest = shipping.Service.Events("/test", "app.log").Where(one => one.Text.Contains("old", StringComparison.Ordinal) || one.Text.Contains("expired", StringComparison.Ordinal));
        Assert.All(oldest, one => Assert.InRange(Batches.NowMs - one.Timestamp, TimeSpan.FromDays(2.9).TotalMilliseconds, TimeSpan.FromDays(3).TotalMilliseconds));
        await Eventually.EqualAsync(2, () => _rig.Counted("sidecar.logs.events.clamped"), cancellation: Cancellation);
        await Eventually.EqualAsync(4, () => _rig.Counted("sidecar.logs.events.sent"), cancellation: Cancellation);
        Assert.Empty(DeadLetters());
        Assert.Empty(shipping.Service.RuleViolations);
    }

    [Fact]
    public async Task Rejected_lines_of_a_file_that_is_copied_and_truncated_meanwhile_are_dealt_with_once()
    {
        var path = _rig.Volume.Write("app.log", "one\ntwo\n");
        _rig.Destination.Answer = batch =>
        {
            if (File.Exists(path + ".1"))
                return null;

            File.Copy(path, path + ".1");
            File.WriteAllText(path, "");
            return new SendResult.Stored([new Rejection(RejectionReason.TooOld, 0, batch.Events.Length)]);
        };
        _rig.Start();
        await Eventually.EqualAsync(2, () => DeadLetters().Count, cancellation: Cancellation);

        _rig.Volume.Append("app.log", "three\n");

        await _rig.ShippedAsync("three");
        await _rig.DrainAsync();
        Assert.Equal(["three"], _rig.Destination.Messages);
    }

    [Fact]
    public async Task A_batch_whose_rejected_lines_waited_for_the_dead_letters_acknowledges_nothing_of_what_the_file_holds_since()
    {
        var path = _rig.Volume.Write("app.log", "one\ntwo\n");
        _rig.Volume.Write("blocked", "no folder");
        _rig.Options = _rig.Options with { DeadLetterFolder = _rig.PathOf("blocked") };
        var isFirst = true;
        _rig.Destination.Answer = batch =>
        {
            var answer = isFirst ? new SendResult.Stored([new Rejection(RejectionReason.TooOld, 0, batch.Events.Length)]) : null;
            isFirst = false;
            return answer;
        };
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Log.Lines.Any(line => line.Contains("rejected events can't be kept", StringComparison.Ordinal)), cancellation: Cancellation);
        File.WriteAllText(path, "three, and longer than what was there\n");
        await Eventually.TrueAsync(() => _rig.Counted("sidecar.logs.truncations") == 1, cancellation: Cancellation);

        File.Delete(_rig.PathOf("blocked"));

        await _rig.ShippedAsync("three, and longer than what was there");
    }

    [Fact]
    public async Task Lines_from_a_clock_that_is_ahead_are_clamped_to_the_services_time()
    {
        _rig.Options = _rig.Options with { OutOfRange = OutOfRange.Clamp };
        _rig.Destination.Answer = batch => batch.Events.Span[0].TimestampMs > Batches.NowMs - 1000
            ? new SendResult.Stored([new Rejection(RejectionReason.TooNew, 0, batch.Events.Length)], TimeProvider.System.GetUtcNow().AddHours(-3))
            : null;
        _rig.Volume.Write("app.log", "one\n");
        _rig.Start();

        await _rig.ShippedAsync("one");

        Assert.InRange(Batches.NowMs - _rig.Destination.Events[0].TimestampMs, TimeSpan.FromHours(2.9).TotalMilliseconds, TimeSpan.FromHours(3.1).TotalMilliseconds);
    }

    [Fact]
    public async Task Dropped_lines_are_counted_and_kept_nowhere()
    {
        _rig.Options = _rig.Options with { OutOfRange = OutOfRange.Drop };
        var shipping = await ShippingAsync();
        var fine = Line(TimeSpan.Zero, "fine");
        _rig.Volume.Write("app.log", Line(TimeSpan.FromDays(-20), "old") + fine);
        _rig.Start();

        await StoredAsync(shipping, fine.TrimEnd());

        await Eventually.EqualAsync(1, () => _rig.Counted("sidecar.logs.events.rejected"), cancellation: Cancellation);
        Assert.Empty(DeadLetters());
    }

    [Fact]
    public async Task Poison_is_dead_lettered_and_everything_around_it_is_stored_once_and_in_order()
    {
        string[] poison = ["line 17", "line 18", "line 400", "line 999"];
        _rig.Destination.Answer = batch => batch.Events.ToArray().Any(one => poison.Contains(Encoding.UTF8.GetString(one.Message.Span))) ? new SendResult.Poison("no") : null;
        _rig.Volume.Write("app.log", string.Join('\n', Batches.Numbered(1000)) + "\n");
        _rig.Start();

        await _rig.ShippedAsync([.. Batches.Numbered(1000).Where(line => !poison.Contains(line))]);

        await Eventually.EqualAsync(4, () => DeadLetters().Count, cancellation: Cancellation);
        Assert.Equal(poison, DeadLetters().Select(one => one.GetProperty("message").GetString()!));
        Assert.All(DeadLetters(), one => Assert.Equal("poison", one.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task While_the_dead_letters_cannot_be_written_their_stream_waits_others_go_on_and_nothing_is_sent_twice()
    {
        var shipping = await ShippingAsync();
        _rig.Options = _rig.Options with { DeadLetterFolder = _rig.Volume.Write("full", "a file where the folder should be") };
        var (old, fine) = (Line(TimeSpan.FromDays(-20), "old"), Line(TimeSpan.Zero, "fine"));
        _rig.Volume.Write("a.log", old + fine);
        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Log.Lines.Any(line => line.Contains("can't be kept", StringComparison.Ordinal)), cancellation: Cancellation);

        _rig.Volume.Write("b.log", fine);
        await Eventually.EqualAsync(1, () => shipping.Service.Events("/test", "b.log").Count, cancellation: Cancellation);
        var waiting = _rig.Running.Status().Single(file => Path.GetFileName(file!["path"]!.GetValue<string>()) == "a.log")!["offset"]!.GetValue<long>();
        File.Delete(_rig.PathOf("full"));
        await Eventually.TrueAsync(() => _rig.Running.Status().All(file => file!["backlog"]!.GetValue<long>() == 0), cancellation: Cancellation);

        Assert.Equal(0, waiting);
        Assert.Equal([fine.TrimEnd()], shipping.Service.Events("/test", "a.log").Select(one => one.Text));
        Assert.Equal([old.TrimEnd()], DeadLetters("full").Select(one => one.GetProperty("message").GetString()!));
    }

    private static string Line(TimeSpan age, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow() + age:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {text}\n");

    private async Task<CloudWatchRig> ShippingAsync(Func<CloudWatchOptions, CloudWatchOptions>? change = null)
    {
        var shipping = _shipping = await CloudWatchRig.ToStandInAsync(change);
        _rig.To = shipping.Destination;
        return shipping;
    }

    private static Task<string> StoredAsync(CloudWatchRig shipping, params string[] expected) => Eventually.MatchAsync(
        () => string.Join('|', shipping.Service.Events("/test", "app.log").Select(one => one.Text)),
        seen => seen == string.Join('|', expected),
        cancellation: Cancellation);

    private List<JsonElement> DeadLetters(string? folder = null)
    {
        var path = folder is null ? _rig.Options.DeadLetterFolder : _rig.PathOf(folder);
        return !Directory.Exists(path)
            ? []
            : [.. Directory.GetFiles(path).Order(StringComparer.Ordinal).SelectMany(File.ReadAllLines).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
