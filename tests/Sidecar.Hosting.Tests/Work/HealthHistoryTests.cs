using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;
using Sidecar.Testing;

namespace Sidecar.Hosting.Tests.Work;

public sealed class HealthHistoryTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly AgentState _state;
    private readonly Loops _loops;
    private readonly HealthHistory _history;

    public HealthHistoryTests()
    {
        _state = new AgentState(_time);
        _loops = new Loops(_time, new ProcessEnd(), new HostingMetrics(_services.GetRequiredService<IMeterFactory>(), BuildInfo.Of("test")), NullLogger<Loops>.Instance);
        _history = HistoryUnder();
    }

    public void Dispose()
    {
        _history.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Trouble_that_lasts_for_a_moment_is_remembered_with_its_time_although_nobody_looked()
    {
        var trouble = _state.Degraded("redis cache");
        _history.Look();
        _time.Advance(TimeSpan.FromSeconds(7));
        trouble.Begin("connection refused");
        _time.Advance(TimeSpan.FromSeconds(2));
        trouble.End();

        var changes = _history.RecentChanges();

        Assert.Equal([Wellness.Healthy, Wellness.Degraded, Wellness.Healthy], changes.Select(change => change.State));
        Assert.Equal("redis cache: connection refused", changes[1].Why);
        Assert.Equal(_time.Start.AddSeconds(7), changes[1].At);
        Assert.Equal(Wellness.Degraded, _history.RecentMinutes()[^1]);
    }

    [Fact]
    public void A_minute_shows_its_worst_and_what_held_on_fills_the_minutes_that_nobody_looked_at()
    {
        _history.Look();
        _state.Degraded("delivery").Begin("throttled");
        _time.Advance(TimeSpan.FromMinutes(3));
        _state.Degraded("delivery").End();
        _time.Advance(TimeSpan.FromMinutes(2));
        _history.Look();

        Wellness?[] expected = [null, Wellness.Degraded, Wellness.Degraded, Wellness.Degraded, Wellness.Degraded, Wellness.Healthy, Wellness.Healthy];
        Assert.Equal(expected, _history.RecentMinutes()[^7..]);
    }

    [Fact]
    public void It_keeps_an_hour_and_twenty_changes_and_no_more()
    {
        for (var i = 0; i < 100; i++)
        {
            _state.Degraded("delivery").Begin("throttled");
            _time.Advance(TimeSpan.FromMinutes(1));
            _state.Degraded("delivery").End();
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(20, _history.RecentChanges().Length);
        Assert.Equal(60, _history.RecentMinutes().Length);
        Assert.DoesNotContain(null, _history.RecentMinutes());
    }

    [Fact]
    public void Since_is_the_beginning_of_the_state_whatever_else_goes_wrong_meanwhile()
    {
        _history.Look();
        _time.Advance(TimeSpan.FromSeconds(10));
        _state.Degraded("route a").Begin("refused");
        _time.Advance(TimeSpan.FromSeconds(10));
        _state.Degraded("route b").Begin("refused");

        Assert.Equal(_time.Start.AddSeconds(10), _history.Since);
        Assert.Equal(3, _history.RecentChanges().Length);
    }

    [Fact]
    public void The_worst_stands_first_and_trouble_outside_is_unhealthy_only_where_it_turns_readiness()
    {
        _state.Degraded("route a", "Look there.").Begin("refused");
        _state.Finds(() => [new Problem(Wellness.Unhealthy, "the app", "down", null, null, "The app")]);
        using var strict = HistoryUnder(("SIDECAR_READY_WHEN", "upstream"));

        var diagnosis = _history.Look();

        Assert.Equal((Wellness.Unhealthy, "The app"), (diagnosis.State, diagnosis.Subject));
        Assert.Equal([("the app", Wellness.Unhealthy), ("route a", Wellness.Degraded)], diagnosis.Problems.Select(problem => (problem.Name, problem.Level)));
        Assert.Equal("Look there.", diagnosis.Problems[1].Remedy);
        Assert.All(strict.Look().Problems, problem => Assert.Equal(Wellness.Unhealthy, problem.Level));
    }

    [Fact]
    public void An_agent_that_waits_for_its_conditions_is_starting_and_one_that_was_asked_to_stop_is_draining()
    {
        var condition = _state.Require("files");
        Assert.Equal(Wellness.Starting, _history.Look().State);

        condition.Met();
        Assert.Equal(Wellness.Healthy, _history.Look().State);

        _state.IsDraining = true;
        Assert.Null(_history.Look().Subject);
        Assert.Equal((Wellness.Draining, "asked to stop"), (_history.RecentChanges()[0].State, _history.RecentChanges()[0].Why));
    }

    [Fact]
    public async Task A_figure_is_sampled_every_ten_seconds_and_a_count_becomes_a_rate()
    {
        var count = 0L;
        _state.Rate("events", "", () => count);
        _state.Level("waiting", "B", () => count);
        await _history.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i <= 70; i++)
        {
            await _time.WhenArmedAsync(1, TestContext.Current.CancellationToken);
            count += 10 * i;
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        await _time.WhenArmedAsync(1, TestContext.Current.CancellationToken);
        await _history.StopAsync(TestContext.Current.CancellationToken);

        var (rate, level) = (_state.Figures[0], _state.Figures[1]);
        Assert.Equal("/s", rate.Unit);
        Assert.Equal([.. Enumerable.Range(11, 60).Select(i => (double)i)], rate.Recent());
        Assert.Equal(24850, level.Recent()[^1]);
    }

    private HealthHistory HistoryUnder(params (string Name, string Value)[] environment)
    {
        var settings = SettingsReader.Read(
            new SettingsSchema("adapter"), environment.Select(entry => KeyValuePair.Create(entry.Name, entry.Value)), isCheck: false, TimeProvider.System);
        return new HealthHistory(_state, new AgentHealth(_state, _loops, settings, _time), _loops, _time);
    }
}
