using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Caching;

public sealed class CollapsingTests
{
    [Fact]
    public async Task Those_who_want_the_same_at_the_same_time_cost_the_service_one_request()
    {
        var mayAnswer = new TaskCompletionSource();
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            await mayAnswer.Task;
            context.Response.Headers.CacheControl = "max-age=60";
            await context.Response.WriteAsync("body");
        });

        var calls = Enumerable.Range(0, 20).Select(_ => route.AskAsync()).ToList();
        await Eventually.EqualAsync(1, () => route.Asked);
        mayAnswer.SetResult();
        var answers = await Task.WhenAll(calls);

        Assert.All(answers, answer => Assert.Equal("body", answer.Body));
        Assert.Equal(1, route.Asked);
        Assert.InRange(answers.Count(answer => answer.CacheStatus == "sidecar-ambassador/x; fwd=uri-miss; collapsed"), 1, 19);
    }

    [Fact]
    public async Task What_is_not_kept_is_waited_for_once_and_then_asked_for_by_everybody_at_once()
    {
        var underWay = 0;
        var most = 0;
        var mayAnswer = new TaskCompletionSource();
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            most = Math.Max(most, Interlocked.Increment(ref underWay));
            if (context.Request.Headers.ContainsKey("X-Wait")) await mayAnswer.Task;
            Interlocked.Decrement(ref underWay);
            context.Response.Headers.CacheControl = "no-store";
        });

        await route.AskAsync();
        var calls = Enumerable.Range(0, 5).Select(_ => route.AskAsync(headers: "X-Wait: true")).ToList();
        await Eventually.EqualAsync(5, () => Volatile.Read(ref underWay));
        mayAnswer.SetResult();
        await Task.WhenAll(calls);

        Assert.Equal((5, 6), (most, route.Asked));
    }

    [Fact]
    public async Task When_the_first_of_them_leaves_the_others_ask_for_themselves()
    {
        var isFirst = true;
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            if (isFirst)
            {
                isFirst = false;
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            context.Response.Headers.CacheControl = "max-age=60";
            await context.Response.WriteAsync("body");
        });
        using var leaving = new CancellationTokenSource();

        var first = route.Client.GetAsync("/", leaving.Token);
        await Eventually.EqualAsync(1, () => route.Asked);
        var others = Enumerable.Range(0, 3).Select(_ => route.AskAsync()).ToList();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        Assert.All(await Task.WhenAll(others), answer => Assert.Equal("body", answer.Body));
    }
}
