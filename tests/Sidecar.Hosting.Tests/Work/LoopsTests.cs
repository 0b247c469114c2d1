using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;
using Sidecar.Testing;
using System.Diagnostics.Metrics;

namespace Sidecar.Hosting.Tests.Work;

public sealed class LoopsTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly ProcessEnd _processEnd = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Loops _loops;

    public LoopsTests()
    {
        var metrics = new HostingMetrics(_services.GetRequiredService<IMeterFactory>(), BuildInfo.Of("test"));
        _loops = new Loops(_time, _processEnd, metrics, NullLogger<Loops>.Instance);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task An_expected_error_is_retried_and_an_unexpected_one_ends_the_process_with_1()
    {
        var turns = 0;
        var loop = _loops.RunAsync("test", _ => ++turns switch
        {
            1 => throw new IOException("away"),
            2 => Task.CompletedTask,
            _ => throw new InvalidOperationException("a bug"),
        }, null, _stopping.Token);
        await _time.WhenArmedAsync(1, TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromSeconds(1));
        await loop;

        Assert.Equal(3, turns);
        Assert.Equal(1, _processEnd.ExitCode);
        Assert.True(_processEnd.Asked.IsCompleted);
    }

    [Fact]
    public async Task What_may_not_be_touched_is_said_in_words_of_ours()
    {
        var log = new LogLines<Loops>();
        var loops = new Loops(_time, _processEnd, new HostingMetrics(_services.GetRequiredService<IMeterFactory>(), BuildInfo.Of("test")), log);
        var loop = loops.RunAsync("test", _ => throw new UnauthorizedAccessException("UnauthorizedAccess_IODenied_Path, /state"), null, _stopping.Token);
        await _time.WhenArmedAsync(1, TestContext.Current.CancellationToken);

        await _stopping.CancelAsync();
        await loop;

        Assert.Equal("Warning: Loop 'test' failed (UnauthorizedAccessException: permission denied, or it is a directory); retrying with back-off.", Assert.Single(log.Lines));
    }

    [Fact]
    public async Task A_turn_that_takes_longer_than_it_may_is_stuck_until_it_ends()
    {
        var gate = new TaskCompletionSource();
        var isIn = new TaskCompletionSource();
        var loop = _loops.RunAsync("slow", _ =>
        {
            isIn.TrySetResult();
            return gate.Task;
        }, TimeSpan.FromSeconds(10), _stopping.Token);
        await isIn.Task;

        _time.Advance(TimeSpan.FromSeconds(11));
        var stuck = Assert.Single(_loops.All).IsStuck;
        await _stopping.CancelAsync();
        gate.SetResult();
        await loop;

        Assert.True(stuck);
        Assert.Empty(_loops.All);
        Assert.Equal(0, _processEnd.ExitCode);
    }

    [Fact]
    public async Task What_a_scope_meets_ends_only_that_scope()
    {
        await _loops.RunScopedAsync("connection", _ => throw new InvalidOperationException("a bug"), _stopping.Token);
        await _loops.RunScopedAsync("connection", _ => throw new IOException("away"), _stopping.Token);

        Assert.False(_processEnd.Asked.IsCompleted);
    }

    [Fact]
    public async Task Stopping_ends_a_loop_that_waits()
    {
        var loop = _loops.RunAsync("waiter", token => Task.Delay(Timeout.InfiniteTimeSpan, _time, token), null, _stopping.Token);

        await _stopping.CancelAsync();

        await loop.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(0, _processEnd.ExitCode);
    }
}
