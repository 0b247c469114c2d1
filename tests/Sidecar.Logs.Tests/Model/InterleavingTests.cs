namespace Sidecar.Logs.Tests.Model;

/// Rotation taken apart into its steps, with the agent looking, shipping or being killed between any two of them. Nothing in it is
/// left to chance but the choice, so that the same seed plays the same again.
public sealed class InterleavingTests
{
    private static readonly int Runs = LongRun.Of(usually: 400, atLength: 20_000);

    [Theory]
    [InlineData("copytruncate", false)]
    [InlineData("copytruncate", true)]
    [InlineData("rename", false)]
    [InlineData("rename", true)]
    [InlineData("either", false)]
    public async Task Whatever_the_agent_does_between_the_steps_of_a_rotation_no_line_is_lost_and_none_sent_twice(string how, bool compresses)
    {
        for (var seed = 1; seed <= Runs; seed++)
        {
            await using var rotation = new SteppedRotation(how, compresses, seed);

            await rotation.PlayAsync();

            Assert.True(rotation.IsWhole, $"Seed {seed}: {rotation}");
        }
    }
}
