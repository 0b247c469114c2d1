using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

namespace Sidecar.Adapter.Tests.Endpoints;

/// The recipes of docs/adapter.md as they stand there, against real targets that are well and then are not.
public sealed partial class RecipeTests : IAsyncDisposable
{
    private readonly TempVolume _volume = new();
    private readonly List<IAsyncDisposable> _targets = [];
    private bool _isBroken;

    public static TheoryData<string> Titles => new(Recipes().Keys);

    [Fact]
    public void Every_recipe_has_at_most_five_lines()
    {
        Assert.All(Recipes().Values, lines => Assert.InRange(lines.Length, 1, 5));
        Assert.InRange(Recipes().Count, 9, 20);
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task A_recipe_sees_its_app_well_and_then_sees_what_is_wrong(string title)
    {
        await using var web = await LoopbackServer.StartAsync(AnswerAsync);
        var lines = Recipes()[title].Select(line => line.Replace("8080", $"{web.Port}", StringComparison.Ordinal).Replace("/var/run/app", _volume.Root, StringComparison.Ordinal))
            .Select(line => SiblingForm().Replace(line, $"=sidecar:{web.Port}")).ToArray();
        var (start, breakIt) = Scene(title);
        var replaced = await start();
        await using var adapter = await RunningAdapter.StartAsync(
        [
            ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_FALL", "1"),
            .. lines.Select(line => line.Replace("6379", replaced, StringComparison.Ordinal).Split('=', 2)).Select(parts => (parts[0], parts[1])),
        ]);
        if (title.Contains("systemd", StringComparison.Ordinal))
            await NotifyAsync("READY=1");
        await adapter.WaitForAsync("/health/ready", 200);

        await breakIt();

        await adapter.WaitForAsync("/health/ready", 503);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var target in _targets)
            await target.DisposeAsync();
        _volume.Dispose();
    }

    // How the app of a recipe is brought up, with what stands for port 6379, and how it is broken.
    private (Func<Task<string>> Start, Func<Task> Break) Scene(string title) => title switch
    {
        _ when title.Contains("touches a file", StringComparison.Ordinal) => (() => WriteAsync("heartbeat-1", ""), () => AgeAsync("heartbeat-1")),
        _ when title.Contains("nothing that could be asked", StringComparison.Ordinal) => (() => RunAsync("orders-worker"), StopAsync),
        _ when title.Contains("pid file", StringComparison.Ordinal) => (async () => await WriteAsync("app.pid", await RunAsync("daemon")), StopAsync),
        _ when title.Contains("as JSON", StringComparison.Ordinal) => (
            () => WriteAsync("state.json", """{"state":"running","queue":{"length":12}}"""), () => WriteAsync("state.json", """{"state":"running","queue":{"length":1200}}""")),
        _ when title.Contains("plugin", StringComparison.Ordinal) => (() => WriteAsync("check_queue", "#!/bin/sh\necho \"QUEUE OK|length=3\"\n"), () => WriteAsync("check_queue", "#!/bin/sh\nexit 2\n")),
        _ when title.Contains("systemd", StringComparison.Ordinal) => (() => Task.FromResult("6379"), () => NotifyAsync("STOPPING=1")),
        _ when title.Contains("two caches", StringComparison.Ordinal) => (RedisAsync, StopAsync),
        _ => (() => Task.FromResult("6379"), () => Task.FromResult(_isBroken = true)),
    };

    private Task AnswerAsync(HttpContext context)
    {
        context.Response.StatusCode = _isBroken ? 503 : 200;
        return context.Response.WriteAsync((context.Request.Path.Value, _isBroken) switch
        {
            ("/login", _) => "<h1>Sign in</h1>",
            ("/readyz", _) => _isBroken ? "not ok\n" : "ok\n",
            (_, true) => """{"status":"DOWN","components":{"db":{"status":"DOWN"}}}""",
            _ => """{"status":"UP"}""",
        });
    }

    private Task<string> WriteAsync(string name, string content)
    {
        var path = _volume.PathOf(name + ".new");
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        File.Move(path, _volume.PathOf(name), overwrite: true);
        return Task.FromResult("6379");
    }

    private Task AgeAsync(string name)
    {
        File.SetLastWriteTimeUtc(_volume.PathOf(name), TimeProvider.System.GetUtcNow().AddMinutes(-5).UtcDateTime);
        return Task.CompletedTask;
    }

    private Task<string> RunAsync(string name)
    {
        File.Copy("/bin/sleep", _volume.PathOf(name));
        var process = ChildProcess.Start(_volume.PathOf(name), ["60"]);
        _targets.Add(process);
        return Task.FromResult($"{process.Id}");
    }

    private async Task<string> RedisAsync()
    {
        var redis = await RedisServer.StartAsync();
        _targets.Add(redis);
        return $"{redis.Port}";
    }

    private async Task StopAsync()
    {
        await _targets[0].DisposeAsync();
        _targets.Clear();
    }

    private async Task NotifyAsync(string datagram)
    {
        var path = _volume.PathOf("notify.sock");
        await Eventually.TrueAsync(() => File.Exists(path), cancellation: TestContext.Current.CancellationToken);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        await socket.SendToAsync(Encoding.UTF8.GetBytes(datagram), new UnixDomainSocketEndPoint(path));
    }

    [System.Text.RegularExpressions.GeneratedRegex("=sidecar:[a-z]+$")]
    private static partial System.Text.RegularExpressions.Regex SiblingForm();

    private static Dictionary<string, string[]> Recipes() => RecipePage.Read("docs/adapter.md");
}
