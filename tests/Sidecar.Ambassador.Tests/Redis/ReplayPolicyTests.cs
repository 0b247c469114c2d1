using System.Text.RegularExpressions;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// What becomes of a command that was sent, and whose connection is lost before the reply.
public sealed partial class ReplayPolicyTests
{
    private const string Unknown = "-ERR upstream connection lost before the reply; the command may or may not have been executed";

    [Theory]
    [InlineData(nameof(Replay.Idempotent), "GET k", true)]
    [InlineData(nameof(Replay.Idempotent), "SET k v", true)]
    [InlineData(nameof(Replay.Idempotent), "SET k v NX", false)]
    [InlineData(nameof(Replay.Idempotent), "EXPIRE k 10", true)]
    [InlineData(nameof(Replay.Idempotent), "EXPIRE k 10 NX", false)]
    [InlineData(nameof(Replay.Idempotent), "INCR k", false)]
    [InlineData(nameof(Replay.Reads), "GET k", true)]
    [InlineData(nameof(Replay.Reads), "SET k v", false)]
    [InlineData(nameof(Replay.Reads), "INCR k", false)]
    [InlineData(nameof(Replay.None), "GET k", false)]
    [InlineData(nameof(Replay.None), "SET k v", false)]
    [InlineData(nameof(Replay.None), "CLIENT SETNAME app", true)]
    public async Task A_command_whose_fate_is_unknown_is_sent_again_only_if_the_route_says_so(string policy, string command, bool isSentAgain)
    {
        string[] words = command.Split(' ');
        int asked = 0;
        await using var server = new RedisStandIn
        {
            Cut = (words[0], 0),
            Instead = said => said.SequenceEqual(words) ? $":{Interlocked.Increment(ref asked)}\r\n" : null,
        };
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions { Replay = Enum.Parse<Replay>(policy) });
        await using var client = await route.ConnectAsync();

        string reply = await client.CallAsync(words);

        Assert.Equal(isSentAgain ? ":2" : Unknown, reply);
        Assert.Equal(isSentAgain ? 2 : 1, asked);
    }

    [Fact]
    public void The_documentation_lists_every_command_under_what_is_done_with_it()
    {
        string page = File.ReadAllText(Path.Combine(Artifacts.RepositoryRoot(), "docs", "ambassador.md"));

        foreach (var effect in Enum.GetValues<CommandEffect>())
        {
            string[] known = [.. CommandTable.BuiltIn.All.Where(one => EffectOf(one.Command) == effect).Select(one => one.Name).Order(StringComparer.Ordinal)];
            string row = page.Split('\n').Single(line => line.StartsWith($"| {effect.ToString().ToLowerInvariant()} |", StringComparison.Ordinal));
            string[] documented = [.. Names().Matches(row.Split('|')[2]).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)];

            Assert.Equal(known, documented);
        }
    }

    // What options decide stands where it is repeated most freely.
    private static CommandEffect EffectOf(Command command) => command.Kind switch
    {
        CommandKind.Set or CommandKind.Expire => CommandEffect.Repeatable,
        CommandKind.Select or CommandKind.Auth or CommandKind.Hello or CommandKind.Subscribe => CommandEffect.Connection,
        _ => command.Effect,
    };

    [GeneratedRegex("`([A-Z_:-]+)`")]
    private static partial Regex Names();
}
