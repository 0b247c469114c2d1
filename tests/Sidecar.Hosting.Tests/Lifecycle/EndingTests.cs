using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sidecar.Hosting.Work;
using Sidecar.Testing;

namespace Sidecar.Hosting.Tests.Lifecycle;

public sealed class EndingTests
{
    [Fact]
    public async Task After_the_stop_signal_it_is_not_ready_at_once_and_serves_until_the_drain_is_done()
    {
        var finish = new TaskCompletionSource();
        await using var sidecar = await RunningSidecar.StartAsync(Draining(finish.Task));

        await sidecar.CommandAsync("quit");
        await Eventually.EqualAsync(HttpStatusCode.ServiceUnavailable, () => sidecar.StatusAsync("/readyz").GetAwaiter().GetResult());
        var live = await sidecar.StatusAsync("/livez");
        finish.SetResult();

        Assert.Equal(HttpStatusCode.OK, live);
        Assert.Equal(0, await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_deadline_cuts_a_drain_that_never_ends()
    {
        await using var sidecar = await RunningSidecar.StartAsync(Draining(new TaskCompletionSource().Task), ("SIDECAR_SHUTDOWN_TIMEOUT", "1s"));

        await sidecar.CommandAsync("quit");

        Assert.Equal(0, await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_serves_on_until_what_it_waits_for_is_gone()
    {
        using var volume = new TempVolume();
        var file = volume.Write("app-is-up", "");
        await using var sidecar = await RunningSidecar.StartAsync(null, ("SIDECAR_SHUTDOWN_WAIT_FOR", $"file:{file}"));

        await sidecar.CommandAsync("quit");
        await Eventually.EqualAsync(HttpStatusCode.ServiceUnavailable, () => sidecar.StatusAsync("/readyz").GetAwaiter().GetResult());
        var isRunning = !sidecar.Exit.IsCompleted;
        File.Delete(file);

        Assert.True(isRunning);
        Assert.Equal(0, await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_step_of_the_drain_knows_how_long_there_is_and_that_the_app_is_gone()
    {
        using var volume = new TempVolume();
        var file = volume.Write("app-is-up", "");
        AgentState? state = null;
        (TimeSpan? Left, bool IsAppGone) before = default, during = default;
        await using var sidecar = await RunningSidecar.StartAsync(
            builder => builder.UseAgent(_ => new AgentPlan
            {
                Lines = [],
                AddServices = _ => { },
                MapAdmin = (_, services) =>
                {
                    state = services.GetRequiredService<AgentState>();
                    services.GetRequiredService<Drain>().OnDrain("test", _ =>
                    {
                        during = (state.TimeLeft, state.IsAppGone);
                        return Task.CompletedTask;
                    });
                },
            }),
            ("SIDECAR_SHUTDOWN_WAIT_FOR", $"file:{file}"), ("SIDECAR_SHUTDOWN_TIMEOUT", "1m"));
        before = (state!.TimeLeft, state.IsAppGone);

        await sidecar.CommandAsync("quit");
        await Eventually.TrueAsync(() => state.IsDraining);
        var leftAtFirst = state.TimeLeft!.Value;
        await Eventually.TrueAsync(() => leftAtFirst - state.TimeLeft!.Value > TimeSpan.FromMilliseconds(600));
        File.Delete(file);
        await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);

        Assert.Equal((null, false), before);
        Assert.True(during.IsAppGone);
        Assert.InRange(during.Left!.Value, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task What_was_never_there_is_not_waited_for()
    {
        await using var sidecar = await RunningSidecar.StartAsync(null, ("SIDECAR_SHUTDOWN_WAIT_FOR", "process:no-such-name-here"));

        await sidecar.CommandAsync("quit");

        Assert.Equal(0, await sidecar.Exit.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_ends_with_the_app_when_it_is_told_to()
    {
        using var volume = new TempVolume();
        var file = volume.PathOf("job-runs");
        await using var sidecar = await RunningSidecar.StartAsync(null, ("SIDECAR_EXIT_WITH", $"file:{file}"));
        var isRunningBefore = !sidecar.Exit.IsCompleted;

        volume.Write("job-runs", "");
        await Eventually.TrueAsync(() => HasSeenAsync(sidecar));
        File.Delete(file);

        Assert.True(isRunningBefore);
        Assert.Equal(0, await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_bug_in_a_loop_that_the_process_lives_by_ends_it_with_1()
    {
        await using var sidecar = await RunningSidecar.StartAsync(builder => builder.UseAgent(_ => new AgentPlan
        {
            Lines = [],
            AddServices = services => services.AddHostedService<BrokenService>(),
        }));

        Assert.Equal(1, await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_part_that_never_stops_does_not_outlive_the_deadline()
    {
        using var stuck = new StuckService();
        await using var sidecar = await RunningSidecar.StartAsync(With(stuck), ("SIDECAR_SHUTDOWN_TIMEOUT", "1s"));

        await sidecar.CommandAsync("quit");

        Assert.Equal(0, await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task After_a_failed_start_a_part_that_never_stops_does_not_keep_the_process()
    {
        using var stuck = new StuckService();
        await using var sidecar = await RunningSidecar.StartAsync(With(stuck, new FailingService()), ("SIDECAR_SHUTDOWN_TIMEOUT", "1s"));

        Assert.Equal(1, await sidecar.Exit.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken));
        Assert.True(stuck.WasAskedToStop);
        Assert.Contains("this part can't start", sidecar.Errors, StringComparison.Ordinal);
    }

    private static async Task<bool> HasSeenAsync(RunningSidecar sidecar)
    {
        var status = JsonNode.Parse(await sidecar.Http.GetStringAsync("/status"))!;
        return status["exit_with"]!["seen"]!.GetValue<bool>();
    }

    private static Action<SidecarBuilder> Draining(Task finish) => builder => builder.UseAgent(_ => new AgentPlan
    {
        Lines = [],
        AddServices = _ => { },
        MapAdmin = (_, services) => services.GetRequiredService<Drain>().OnDrain("test", finish.WaitAsync),
    });

    private static Action<SidecarBuilder> With(params IHostedService[] parts) => builder => builder.UseAgent(_ => new AgentPlan
    {
        Lines = [],
        AddServices = services =>
        {
            foreach (var part in parts)
            {
                // By a factory: what the host makes, it disposes.
                services.AddSingleton(_ => part);
            }
        },
    });

    /// Neither its stop nor its disposal by the host ends before the test does.
    private sealed class StuckService : IHostedService, IAsyncDisposable, IDisposable
    {
        private readonly TaskCompletionSource _end = new();

        public bool WasAskedToStop { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            WasAskedToStop = true;
            return _end.Task;
        }

        public ValueTask DisposeAsync() => new(_end.Task);

        public void Dispose() => _end.TrySetResult();
    }

    private sealed class FailingService : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new StartException("this part can't start", new IOException("a fault"));

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class BrokenService(Loops loops) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = loops.RunAsync("broken", _ => throw new InvalidOperationException("a bug"), null, CancellationToken.None);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
