using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Push;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Probes.Push;

public sealed class PushProbeTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_report_holds_until_it_is_too_old()
    {
        var box = new PushBox(_time);
        using var probe = new PushProbe(box, TimeSpan.FromSeconds(30), null, _time);
        Assert.Equal(ProbeResult.Unknown("nothing was reported yet"), await AskAsync(probe));

        box.Put(Answer.Pass, "");
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(ProbeResult.Passed("reported 30.0s ago"), await AskAsync(probe));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ProbeResult.Failed("the last report is 31s old, expected within 30s"), await AskAsync(probe));
    }

    [Theory]
    [InlineData("", "Pass ")]
    [InlineData("ok\n", "Pass ")]
    [InlineData("warn: queue is long", "Warn queue is long")]
    [InlineData("FAIL the\u0007queue\nis stuck", "Fail the queue is stuck")]
    [InlineData("maybe", null)]
    public void The_first_word_is_the_state_and_the_rest_the_reason(string said, string? expected)
    {
        Assert.Equal(expected, PushReport.Read(said) is { } report ? $"{report.Answer} {report.Text}" : null);
    }

    [Fact]
    public async Task An_app_reports_by_PUT_from_this_host_and_others_are_refused()
    {
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_JOB", "push:"), ("ADAPTER_PROBE_JOB_MAX_AGE", "1m"), ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_FALL", "1"));

        var right = await PutAsync(adapter, "/push/JOB", "ok");
        await adapter.WaitForAsync("/health/job", 200);
        await PutAsync(adapter, "/push/job", "fail the queue is stuck");
        await adapter.WaitForAsync("/health/job", 503);
        var (_, body) = await adapter.GetAsync("/health/job");
        var wrong = await PutAsync(adapter, "/push/job", "maybe");
        var unknown = await PutAsync(adapter, "/push/nobody", "ok");
        var page = await PutAsync(adapter, "/push/job", "ok", request => request.Headers.Add("Origin", "https://example.com"));

        Assert.Contains("the queue is stuck", body, StringComparison.Ordinal);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.Forbidden], [right, wrong, unknown, page]);
        Assert.Equal(405, (await adapter.GetAsync("/push/job")).Status);
    }

    [Fact]
    public async Task An_app_reports_in_systemds_way_by_datagrams()
    {
        var path = _volume.PathOf("notify.sock");
        var box = new PushBox(_time);
        using var probe = new PushProbe(box, TimeSpan.FromSeconds(30), new NotifySocket(path, box), _time);
        Assert.Equal(ProbeResult.Unknown("nothing was reported yet"), await AskAsync(probe));

        await NotifyAsync(path, "READY=1\nSTATUS=serving 3 queues");
        await SaysAsync("pass: serving 3 queues");
        _time.Advance(TimeSpan.FromSeconds(31));
        await SaysAsync("fail: the last report is 31s old, expected within 30s");
        await NotifyAsync(path, "WATCHDOG=1");
        await SaysAsync("pass: serving 3 queues");
        await NotifyAsync(path, "STATUS=queue 2 hangs\nWATCHDOG=trigger");
        await SaysAsync("fail: the app says that it hangs (queue 2 hangs)");
        await NotifyAsync(path, "STOPPING=1");
        await SaysAsync("fail: the app is stopping (queue 2 hangs)");
        await NotifyAsync(path, "STOPPING=1\nSTATUS=");
        await SaysAsync("fail: the app is stopping");

        async Task SaysAsync(string expected) => await Eventually.MatchAsync(
            async () => await AskAsync(probe), result => $"{result.Outcome}: {result.Reason}" == expected, cancellation: TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_notify_socket_that_was_deleted_is_opened_anew_and_one_without_a_folder_is_unknown()
    {
        var path = _volume.PathOf("notify.sock");
        var box = new PushBox(_time);
        using var probe = new PushProbe(box, null, new NotifySocket(path, box), _time);
        await AskAsync(probe);
        File.Delete(path);
        await AskAsync(probe);

        await NotifyAsync(path, "READY=1");
        await Eventually.TrueAsync(async () => (await AskAsync(probe)).HasPassed, cancellation: TestContext.Current.CancellationToken);

        using var nowhere = new PushProbe(box, null, new NotifySocket(_volume.PathOf("no/folder.sock"), box), _time);
        Assert.Equal(Answer.Unknown, (await AskAsync(nowhere)).Answer);
    }

    [Fact]
    public async Task A_file_that_stands_where_the_notify_socket_belongs_is_left_alone_until_it_is_gone()
    {
        var path = _volume.Write("orders.db", "data");
        var box = new PushBox(_time);
        using var probe = new PushProbe(box, null, new NotifySocket(path, box), _time);
        Assert.Equal(ProbeResult.Unknown("what stands where the notify socket belongs is no socket, and is left alone: another path is expected"), await AskAsync(probe));
        Assert.Equal("data", File.ReadAllText(path));

        File.Delete(path);

        Assert.Equal(ProbeResult.Unknown("nothing was reported yet"), await AskAsync(probe));
    }

    [Theory]
    [InlineData(SocketType.Stream)]
    [InlineData(SocketType.Dgram)]
    public async Task A_socket_of_another_is_left_alone_while_it_is_served_and_replaced_once_it_is_not(SocketType type)
    {
        var path = _volume.PathOf("notify.sock");
        var box = new PushBox(_time);
        using var probe = new PushProbe(box, null, new NotifySocket(path, box), _time);
        using (var other = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified))
        {
            // Under another name first: under its own it would take the file along, as a killed program does not.
            other.Bind(new UnixDomainSocketEndPoint(_volume.PathOf("first.sock")));
            File.Move(_volume.PathOf("first.sock"), path);
            if (type == SocketType.Stream)
                other.Listen();

            Assert.Equal(ProbeResult.Unknown("another program listens where the notify socket belongs: a path of its own is expected"), await AskAsync(probe));
        }
        Assert.True(File.Exists(path));

        Assert.Equal(ProbeResult.Unknown("nothing was reported yet"), await AskAsync(probe));
    }

    [Fact]
    public async Task What_an_app_says_before_the_first_question_is_heard()
    {
        var path = _volume.PathOf("notify.sock");
        await using var adapter = await RunningAdapter.StartAsync(("ADAPTER_PROBE_APP", $"push:{path}"), ("ADAPTER_PROBE_APP_INITIAL_DELAY", "2s"));

        await NotifyAsync(path, "READY=1\nSTATUS=serving 3 queues");

        await adapter.WaitForAsync("/health/app", 200);
        Assert.Contains("serving 3 queues", (await adapter.GetAsync("/health/app")).Body, StringComparison.Ordinal);
    }

    public void Dispose() => _volume.Dispose();

    private static async Task NotifyAsync(string path, string datagram)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        await socket.SendToAsync(Encoding.UTF8.GetBytes(datagram), new UnixDomainSocketEndPoint(path));
    }

    private static async Task<HttpStatusCode> PutAsync(RunningAdapter adapter, string path, string body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(path, UriKind.Relative)) { Content = new StringContent(body) };
        change?.Invoke(request);
        using var answer = await adapter.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static Task<ProbeResult> AskAsync(PushProbe probe) => probe.AskAsync(TestContext.Current.CancellationToken);
}
