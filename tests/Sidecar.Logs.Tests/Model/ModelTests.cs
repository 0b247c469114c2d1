namespace Sidecar.Logs.Tests.Model;

/// Logs, agent and service treated at random; afterwards every byte is accounted for.
public sealed class ModelTests(ITestOutputHelper output)
{
    private const int StepsARun = 40;
    private const int RunsAtOnce = 4;
    private static readonly int[] FixedSeeds = [1, 2, 3, 4, 5, 6];
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(20);

    private static bool IsLong => Environment.ExpandEnvironmentVariables("%SIDECAR_TEST_LONG%") == "1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_happens_at_random_every_line_arrives_as_it_was_written_and_none_twice_without_a_reason()
    {
        if (!IsLong)
        {
            Assert.All(await Task.WhenAll(FixedSeeds.Select(FailureAsync)), Assert.Null);
            return;
        }

        var first = Random.Shared.Next();
        var fresh = first;
        var failures = new List<string>();
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < LongRun; fresh += RunsAtOnce)
        {
            foreach (var failure in (await Task.WhenAll(Enumerable.Range(fresh, RunsAtOnce).Select(FailureAsync))).OfType<string>())
            {
                failures.Add(failure);
                output.WriteLine(failure);
            }
        }

        output.WriteLine($"{fresh - first} seeds from {first} on.");
        Assert.Empty(failures);
    }

    [Theory]
    [InlineData("fail b 19; odd a 2; wait a 115; slow b 19; kill a 1; wait a 82; copytruncate b 5; rotate b 2")]
    [InlineData("half a 1; rotate a 5; write a 3; vanish-stream a 1; late a 5")]
    [InlineData("copytruncate a 2; odd a 7; copytruncate a 5; half a 1")]
    [InlineData("unavailable a 1; copytruncate a 5; expire a 10; banner a 1; write b 38; hang b 387; gzip a 1; start a 1; drop-after a 3; stop a 1")]
    [InlineData("write a 12; kill a 1; start a 1; truncate a 1; rotate a 4; wait a 98; gzip a 1; write a 21; kill a 1; rotate a 2")]
    [InlineData("odd a 4; slow a 27; copytruncate a 2; rotate a 2; write a 21; truncate a 1; write a 32; reject a 2; write a 9; wait a 105")]
    [InlineData("stop b 1; copytruncate a 4; rotate a 4; gzip a 1")]
    [InlineData("banner a 1; write a 27; wait b 50; write a 25; unavailable a 19; copytruncate a 4; banner a 1; half a 1; copytruncate a 2; kill b 1")]
    public async Task What_failed_once_holds(string steps) => Assert.Empty((await World.PlayAsync(Step.Parse(steps), Cancellation)).Violations);

    /// Null when all was well.
    private static async Task<string?> FailureAsync(int seed)
    {
        var steps = Scenario.Of(seed, StepsARun);
        var outcome = await World.PlayAsync(steps, Cancellation);
        if (outcome.Holds)
            return null;

        var (shorter, left) = await Shrinking.ShrinkAsync(steps, outcome, fewer => World.PlayAsync(fewer, Cancellation));
        return $"""
            Seed {seed}: {outcome}
            The fewest steps that still failed, for [InlineData]:
            "{Step.Print(shorter)}"
            {left}
            The agent said:
            {string.Join('\n', left.Log)}
            """;
    }
}
