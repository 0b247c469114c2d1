using System.Text;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;

namespace Sidecar.Logs.Tests.Destination.Contract;

/// What the pipeline relies on in whatever takes its batches. Stored means stored; everything else is an answer, never an
/// exception; and a batch that was not stored may be sent again.
public sealed class DestinationContractTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Destinations => [.. ContractSubject.All.Keys];

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task Events_are_stored_in_their_order_and_byte_for_byte(string name)
    {
        await using var subject = await ContractSubject.All[name]();
        string[] odd =
        [
            "plain", "\"quoted\" \\ back/slash", "tab\tcr\rform\fbell\a", "nul\0inside", "caf\u00e9 \u4e16\u754c \U0001f600 \u2028 \ufffd",
            "\u001b[31mred\u001b[0m", "{\"message\":\"json\",\"n\":[1,2]}", " leading and trailing ", "\u007f", "<&'>", "of\nseveral\n\tlines",
        ];

        Assert.Empty(RejectedOf(await subject.Destination.SendAsync(Batches.Of(odd), Cancellation)));

        Assert.Equal(Lines(odd), Encoding.UTF8.GetString(subject.Stored()));
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task Batches_stand_one_after_the_other_as_they_were_sent(string name)
    {
        await using var subject = await ContractSubject.All[name]();

        for (var i = 0; i < 5; i++)
            await subject.Destination.SendAsync(Batches.Of(Batches.Numbered(20, from: i * 20)), Cancellation);

        Assert.Equal(Lines(Batches.Numbered(100)), Encoding.UTF8.GetString(subject.Stored()));
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task The_largest_batches_are_stored_whole(string name)
    {
        await using var subject = await ContractSubject.All[name]();
        var many = Batches.Numbered(BatchLimits.MaxEvents);
        var quotes = new string('"', BatchLimits.MaxMessageBytes);

        Assert.Empty(RejectedOf(await subject.Destination.SendAsync(Batches.Of(many), Cancellation)));
        Assert.Empty(RejectedOf(await subject.Destination.SendAsync(Batches.Of(quotes), Cancellation)));

        Assert.Equal(Lines([.. many, quotes]), Encoding.UTF8.GetString(subject.Stored()));
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task Batches_at_once_are_all_stored_and_do_not_mix(string name)
    {
        await using var subject = await ContractSubject.All[name]();
        var target = new StreamTarget("/app/orders", "stream");
        var batches = Enumerable.Range(0, 12).Select(i => Batches.Numbered(50, from: i * 50)).ToList();

        await Task.WhenAll(batches.Select((lines, i) => subject.Destination.SendAsync(
            Batches.Bytes(target with { Stream = $"stream-{i}" }, [.. lines.Select(line => (Batches.NowMs, Encoding.UTF8.GetBytes(line)))]), Cancellation)));

        var stored = Encoding.UTF8.GetString(subject.Stored());
        Assert.Equal(batches.Sum(lines => Lines(lines).Length), stored.Length);
        Assert.All(batches, lines => Assert.Contains(Lines(lines), stored, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task What_keeps_a_batch_from_being_stored_is_answered_and_afterwards_the_batch_is_stored_once(string name)
    {
        await using var subject = await ContractSubject.All[name]();
        await subject.Destination.SendAsync(Batches.Of("before"), Cancellation);
        var expected = Lines(["before"]);

        foreach (var trouble in subject.Troubles)
        {
            using var batch = Batches.Of(trouble.Name);
            trouble.Begin();
            Assert.IsType(trouble.Answer, await subject.Destination.SendAsync(batch, Cancellation));
            trouble.End();
            Assert.Empty(RejectedOf(await subject.Destination.SendAsync(batch, Cancellation)));
            expected += Lines([trouble.Name]);
        }

        Assert.NotEmpty(subject.Troubles);
        Assert.Equal(expected, Encoding.UTF8.GetString(subject.Stored()));
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task A_batch_that_breaks_a_rule_of_the_service_is_poison_and_its_parts_are_not(string name)
    {
        await using var subject = await ContractSubject.All[name]();
        using var batch = Batches.Timed((Batches.NowMs, "later"), (Batches.NowMs - 60_000, "earlier"));

        var answer = await subject.Destination.SendAsync(batch, Cancellation);

        if (!subject.HasRules)
        {
            Assert.Empty(RejectedOf(answer));
            return;
        }

        Assert.IsType<SendResult.Poison>(answer);
        Assert.Empty(subject.Stored());
        Assert.Empty(RejectedOf(await subject.Destination.SendAsync(batch.Part(0, 1), Cancellation)));
        Assert.Empty(RejectedOf(await subject.Destination.SendAsync(batch.Part(1, 1), Cancellation)));
        Assert.Equal(Lines(["later", "earlier"]), Encoding.UTF8.GetString(subject.Stored()));
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task A_send_that_is_cancelled_before_it_begins_throws_and_stores_nothing(string name)
    {
        await using var subject = await ContractSubject.All[name]();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => subject.Destination.SendAsync(Batches.Of("a"), cancelled.Token));

        Assert.Empty(subject.Stored());
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task The_buffers_of_a_batch_are_free_when_its_send_has_returned(string name)
    {
        await using var subject = await ContractSubject.All[name]();
        var message = Encoding.UTF8.GetBytes(new string('a', 100_000));
        await subject.Destination.SendAsync(Batches.Bytes(Batches.Target, (Batches.NowMs, message)), Cancellation);

        message.AsSpan().Fill((byte)'b');
        await subject.Destination.SendAsync(Batches.Of("next"), Cancellation);

        Assert.Equal(Lines([new string('a', 100_000), "next"]), Encoding.UTF8.GetString(subject.Stored()));
    }

    private static string Lines(IEnumerable<string> messages) => string.Concat(messages.Select(message => message + "\n"));

    private static IReadOnlyList<Rejection> RejectedOf(SendResult result) => Assert.IsType<SendResult.Stored>(result).Rejected;
}
