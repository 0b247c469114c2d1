namespace Sidecar.Logs.Tests.Model;

/// Logs, agent and service treated at random; afterwards every byte is accounted for.
public sealed class ModelTests(ITestOutputHelper output)
{
    private const int StepsARun = 40;
    private const int RunsAtOnce = 4;
    private static readonly int[] FixedSeeds = [1, 2, 4, 5, 6];
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(20);

    private static bool IsLong => Environment.ExpandEnvironmentVariables("%SIDECAR_TEST_LONG%") == "1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_happens_at_random_every_line_arrives_as_it_was_written_and_none_twice_without_a_reason()
    {
        if (!IsLong)
        {
            await Task.WhenAll(FixedSeeds.Select(HoldsAsync));
            return;
        }

        var fresh = Random.Shared.Next();
        output.WriteLine($"The fresh seeds begin at {fresh}.");
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < LongRun; fresh += RunsAtOnce)
            await Task.WhenAll(Enumerable.Range(fresh, RunsAtOnce).Select(HoldsAsync));
    }

    [Theory]
    [InlineData("fail b 19; odd a 2; wait a 115; slow b 19; kill a 1; wait a 82; copytruncate b 5; rotate b 2")]
    [InlineData("half a 1; rotate a 5; write a 3; vanish-stream a 1; late a 5")]
    public async Task What_failed_once_holds(string steps) => Assert.Empty((await World.PlayAsync(Step.Parse(steps), Cancellation)).Violations);

    private static async Task HoldsAsync(int seed)
    {
        var steps = Scenario.Of(seed, StepsARun);
        var outcome = await World.PlayAsync(steps, Cancellation);
        if (outcome.Holds)
            return;

        var (shorter, left) = await Shrinking.ShrinkAsync(steps, outcome, fewer => World.PlayAsync(fewer, Cancellation));
        Assert.Fail($"""
            Seed {seed}: {outcome}
            The fewest steps that still failed, for [InlineData]:
            "{Step.Print(shorter)}"
            {left}
            The agent said:
            {string.Join('\n', left.Log)}
            """);
    }
}
