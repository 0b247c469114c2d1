using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Replay;

bool isWithout = false;
var (commands, seed, topology, differences, minutes, kept) = (1_000_000L, 1, "standalone", 10, 60.0, "");
foreach (string argument in args)
{
    switch (argument.Split('=', 2))
    {
        case ["--commands", var value]: commands = long.Parse(value, CultureInfo.InvariantCulture); break;
        case ["--seed", var value]: seed = int.Parse(value, CultureInfo.InvariantCulture); break;
        case ["--minutes", var value]: minutes = double.Parse(value, CultureInfo.InvariantCulture); break;
        case ["--differences", var value]: differences = int.Parse(value, CultureInfo.InvariantCulture); break;
        case ["--stream", var value]: kept = value; break;
        case ["--without-ambassador"]: isWithout = true; break;
        case ["--topology", "standalone" or "sentinel" or "cluster" or "cluster-of-one"]: topology = argument[(argument.IndexOf('=', StringComparison.Ordinal) + 1)..]; break;
        default:
            Console.Error.WriteLine($"'{argument}' is not understood: --commands=1000000, --seed=1, --topology=standalone|sentinel|cluster|cluster-of-one, --differences=10, --minutes=60, --stream=<file>, --without-ambassador");
            return 64;
    }
}

await using var servers = topology switch
{
    "sentinel" => await ReplayServers.StartSentinelAsync(),
    "cluster" => await ReplayServers.StartClusterAsync(),
    "cluster-of-one" => await ReplayServers.StartClusterOfOneAsync(),
    _ => await ReplayServers.StartStandaloneAsync(),
};
int port = FreePort.Next();
await using var ambassador = isWithout ? null : await SidecarProcess.StartReadyAsync(
    "sidecar-ambassador",
    new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["AMBASSADOR_ROUTE_CACHE"] = servers.Url,
        ["AMBASSADOR_ROUTE_CACHE_LISTEN"] = $"127.0.0.1:{port}",
        ["DOTNET_GCgen0size"] = "100000",
    },
    CancellationToken.None);
using var replayer = new Replayer(servers, isWithout ? servers.Behind.Port : port);
if (kept.Length > 0)
{
    var difference = replayer.Play([.. (await File.ReadAllLinesAsync(kept)).Where(line => line.Trim().Length > 0).Select(ReplayStep.Parse)]);
    Console.WriteLine(difference?.ToString() ?? "the same");
    return difference is null ? 0 : 1;
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{topology}, {commands} requests from seed {seed} on"));
long started = TimeProvider.System.GetTimestamp();
var run = new ReplayRun(replayer, seed, Console.WriteLine, servers.Adapt);
bool isSame = run.Run(commands, differences, TimeSpan.FromMinutes(minutes));
Console.WriteLine();
Console.Write(replayer.Coverage);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Differences} differences, {run.Passing} that did not show again, in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s"));
return isSame ? 0 : 1;
