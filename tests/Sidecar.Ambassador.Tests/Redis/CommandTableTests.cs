using System.Text;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

public sealed class CommandTableTests
{
    [Fact]
    public async Task Every_command_of_a_real_server_is_known_and_only_reads_and_a_few_writes_may_be_repeated()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await RedisWire.ConnectAsync(server.Port);
        await wire.SendAsync("COMMAND", "LIST");
        string raw = Encoding.ASCII.GetString(await wire.ReadRawAsync(TestContext.Current.CancellationToken));
        string[] names = [.. raw.Split("\r\n").Where(line => line.Length > 0 && char.IsAsciiLetter(line[0]) && !line.Contains('|'))];
        string[] pinned = ["asking", "debug", "readonly", "readwrite", "restore-asking"];
        string[] repeatableWrites = ["expire", "expireat", "hmset", "mset", "pexpire", "pexpireat", "psetex", "setex"];

        foreach (string name in names)
        {
            var command = CommandTable.Find(Encoding.ASCII.GetBytes(name));
            string flags = await server.CallAsync("COMMAND", "INFO", name);
            bool isWrite = flags.Split('|').Contains("write");

            Assert.True(pinned.Contains(name) == (command.Kind == CommandKind.Pinned), name);
            Assert.False(isWrite && command.IsReplayable && !repeatableWrites.Contains(name), name);
            Assert.False(flags.Split('|').Contains("blocking") && command.Kind == CommandKind.Ordinary, name);
        }
        Assert.InRange(names.Length, 200, 1000);
    }

    [Theory]
    [InlineData("get", CommandKind.Ordinary)]
    [InlineData("GeT", CommandKind.Ordinary)]
    [InlineData("subscribe", CommandKind.Tunnel)]
    [InlineData("GETX", CommandKind.Pinned)]
    [InlineData("", CommandKind.Pinned)]
    [InlineData("a-name-longer-than-any-command-of-any-server", CommandKind.Pinned)]
    internal void A_name_is_found_in_any_case_and_an_unknown_one_is_pinned(string name, CommandKind expected)
    {
        Assert.Equal(expected, CommandTable.Find(Encoding.ASCII.GetBytes(name)).Kind);
    }

    [Theory]
    [InlineData("", 3, true)]
    [InlineData("EX", 5, true)]
    [InlineData("px", 5, true)]
    [InlineData("NX", 4, false)]
    [InlineData("GET", 4, false)]
    [InlineData("NX", 5, false)]
    public void Only_a_plain_SET_may_be_repeated(string option, int arguments, bool expected)
    {
        Assert.Equal(expected, CommandTable.IsPlainSet(Encoding.ASCII.GetBytes(option), arguments));
    }
}
