using System.Diagnostics;
using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Tests.Redis.Cluster;
using Sidecar.Testing;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Three client libraries of other languages: each gets the same from the ambassador as from a server, and none hears of a demotion.
public sealed class ClientLibrariesTests(ThreeMasters masters) : IClassFixture<ThreeMasters>
{
    private static readonly string[] Packages = ["ioredis@6.0.0", "redis@6.3.1"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("redis_py.py")]
    [InlineData("ioredis.mjs")]
    [InlineData("node_redis.mjs")]
    public async Task What_a_library_is_answered_is_the_same_through_the_ambassador(string script)
    {
        await using var direct = await RedisServer.StartAsync();
        await using var behind = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(behind, new RedisOptions());

        string expected = await SaidAsync(script, direct.Port, "calls");

        Assert.Contains("WRONGTYPE", expected, StringComparison.Ordinal);
        Assert.Equal(expected, await SaidAsync(script, route.Port, "calls"));
    }

    [Theory]
    [InlineData("redis_py.py")]
    [InlineData("ioredis.mjs")]
    [InlineData("node_redis.mjs")]
    public async Task What_a_library_is_answered_is_the_same_in_front_of_a_cluster(string script)
    {
        await using var direct = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(masters.Cluster, new RedisOptions());
        await using var wire = await route.ConnectAsync();
        Assert.Equal("OK", await wire.CallAsync("FLUSHALL"));

        Assert.Equal(await SaidAsync(script, direct.Port, "one database"), await SaidAsync(script, route.Port, "one database"));
    }

    [Fact]
    public async Task No_library_hears_READONLY_of_a_master_that_is_demoted_with_its_sockets_open()
    {
        await using var master = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartReplicaAsync(master);
        await master.WaitForReplicasAsync();
        var sentinels = await RedisSentinel.StartThreeAsync(master);
        await using var route = RunningRedisRoute.To(sentinels, new RedisOptions());
        string[] scripts = ["redis_py.py", "ioredis.mjs", "node_redis.mjs"];
        var writers = await Task.WhenAll(scripts.Select(async script => Start(await CommandAsync(script, route.Port, "writes"))));
        try
        {
            await Task.WhenAll(writers.Select(async writer => Assert.Equal("began", await writer.StandardOutput.ReadLineAsync(Cancellation))));
            await replica.CallAsync("REPLICAOF", "NO", "ONE");
            await master.CallAsync("REPLICAOF", "127.0.0.1", Text(replica.Port));
            await Eventually.TrueAsync(() => route.Trouble is not null);
            await master.CallAsync("REPLICAOF", "NO", "ONE");
            await Eventually.TrueAsync(() => route.Trouble is null);

            foreach (var writer in writers)
            {
                await writer.StandardInput.WriteLineAsync("stop");
                Assert.Equal("""{"failed":[],"written":true}""", (await writer.StandardOutput.ReadToEndAsync(Cancellation)).Trim().Replace(" ", "", StringComparison.Ordinal));
            }
        }
        finally
        {
            foreach (var writer in writers)
            {
                writer.Kill(entireProcessTree: true);
                writer.Dispose();
            }

            foreach (var sentinel in sentinels)
                await sentinel.DisposeAsync();
        }
    }

    private static async Task<string> SaidAsync(string script, int port, string work)
    {
        var (program, folder, arguments) = await CommandAsync(script, port, work);
        var (code, said) = (await ShortProgram.RunAsync(program, folder, arguments, Cancellation))!.Value;
        Assert.True(code == 0, said);
        return said;
    }

    // Modules of JavaScript look for packages where they lie themselves.
    private static async Task<(string Program, string Folder, string[] Arguments)> CommandAsync(string script, int port, string work)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Redis", "Libraries", script);
        if (script.EndsWith(".py", StringComparison.Ordinal))
        {
            const string Python = "/usr/bin/python3";
            if (await ShortProgram.RunAsync(Python, "/", ["-c", "import redis"], Cancellation) is not { Code: 0 })
                Assert.Skip("python3-redis is not on this machine");
            return (Python, "/", [path, Text(port), work]);
        }

        var (folder, trouble) = await ShortProgram.InstalledAsync(Packages, Cancellation);
        if (folder is null)
            Assert.Skip(trouble);
        string beside = Path.Combine(folder, script);
        File.Copy(path, beside, overwrite: true);
        return ("node", folder, [beside, Text(port), work]);
    }

    private static Process Start((string Program, string Folder, string[] Arguments) command) => Process.Start(
        new ProcessStartInfo(command.Program, command.Arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = command.Folder,
        })!;

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
