using System.Text.Json;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests;

/// Everything that a target can do to a probe, all at once: each probe says what is wrong with its own, and the others go on.
public sealed class BadTargetsTests
{
    private const long Gigabyte = 1 << 30;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_says_what_is_wrong_with_its_own_target_and_the_others_are_asked_as_often_as_ever()
    {
        using var volume = new TempVolume();
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("other", TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1), "other.example.com");
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var endless = await LoopbackServer.StartAsync(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync("{\"a\":["u8.ToArray().Concat(new byte[16 * 1024]).ToArray(), context.RequestAborted);
        });
        await using var silent = await LoopbackServer.StartAsync(_ => over.Task);
        await using var another = await LoopbackServer.StartAsync(_ => Task.CompletedTask, certificate: certificate);
        await using var maker = ChildProcess.Start("mkfifo", [volume.PathOf("pipe")]);
        await maker.WaitForExitAsync(cancellation: Cancellation);
        // The letters that a backtracking engine would try in every combination.
        volume.Write("letters", new string('a', 200_000) + "b");
        using (var huge = new FileStream(volume.PathOf("huge"), FileMode.Create))
            huge.SetLength(Gigabyte);

        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_INTERVAL", "1s"), ("ADAPTER_TIMEOUT", "500ms"), ("ADAPTER_FALL", "1"),
            ("ADAPTER_PROBE_WELL", $"file:{volume.Write("beat", "")}"), ("ADAPTER_PROBE_WELL_INTERVAL", "500ms"),
            ("ADAPTER_PROBE_ENDLESS", $"http://127.0.0.1:{endless.Port}/"), ("ADAPTER_PROBE_ENDLESS_TEXT", "needle"),
            ("ADAPTER_PROBE_SILENT", $"http://127.0.0.1:{silent.Port}/"),
            ("ADAPTER_PROBE_HUGE", $"file:{volume.PathOf("huge")}"), ("ADAPTER_PROBE_HUGE_JSON", "$.status = UP"),
            ("ADAPTER_PROBE_PIPE", $"file:{volume.PathOf("pipe")}"), ("ADAPTER_PROBE_PIPE_TEXT", "x"),
            ("ADAPTER_PROBE_FOLDER", $"file:{volume.Root}"),
            ("ADAPTER_PROBE_LETTERS", $"file:{volume.PathOf("letters")}"), ("ADAPTER_PROBE_LETTERS_BODY", "(a+)+$"),
            ("ADAPTER_PROBE_GONE", "exec:/nowhere/check"),
            ("ADAPTER_PROBE_PID", $"pidfile:{volume.Write("pid", "seven\n")}"),
            ("ADAPTER_PROBE_NAME", $"https://localhost:{another.Port}/"), ("ADAPTER_PROBE_NAME_TLS_CA_FILE", volume.Write("ca.pem", authority.Pem)));

        var reasons = await Eventually.MatchAsync(
            () => AnswersAsync(adapter),
            seen => seen.Values.All(answer => !answer.Reason.StartsWith("not asked", StringComparison.Ordinal)) && seen["well"].Strip.Length >= 6,
            TimeSpan.FromSeconds(30), Cancellation);
        over.SetResult();

        Assert.Equal(
            [
                ("endless", "status 200 at 127.0.0.1, but the text is not in the first 256 KiB of the body"),
                ("folder", "a directory, expected a file"),
                ("gone", "the command does not exist"),
                ("huge", "present, but the first 256 KiB of the file is not JSON"),
                ("letters", "present, but the file does not match"),
                ("name", "TLS: the certificate is for another name"),
                ("pid", "the pid file holds no pid"),
                ("pipe", "a pipe, a socket or a device, expected a file"),
                ("silent", "timed out waiting for an answer at 127.0.0.1 (after 500ms)"),
                ("well", "present"),
            ],
            reasons.Select(pair => (pair.Key, pair.Value.Reason)).Order());
        Assert.Matches(@"^\.+$", reasons["well"].Strip);
    }

    private static async Task<Dictionary<string, (string Reason, string Strip)>> AnswersAsync(RunningAdapter adapter)
    {
        using var status = JsonDocument.Parse((await adapter.GetAsync("/status")).Body);
        return status.RootElement.GetProperty("health").GetProperty("probes").EnumerateArray().ToDictionary(
            probe => probe.GetProperty("name").GetString()!,
            probe => (probe.GetProperty("reason").GetString()!, probe.GetProperty("last_answers").GetString()!));
    }
}
