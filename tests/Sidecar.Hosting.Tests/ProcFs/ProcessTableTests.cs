using Sidecar.Hosting.ProcFs;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Hosting.Tests.ProcFs;

public sealed class ProcessTableTests
{
    [Theory]
    [InlineData("worker")]
    [InlineData("exactly-fifteen")]
    [InlineData("a-name-much-longer-than-the-kernel-keeps")]
    public async Task A_real_process_is_found_by_the_name_of_its_program(string name)
    {
        using var volume = new TempVolume();
        await using var process = ChildProcess.Start(CopyOfSleep(volume, name), ["60"]);

        var scan = new ProcessTable().Find(name);

        Assert.Equal(process.Id, Assert.Single(scan.Found).Pid);
        Assert.Null(scan.Blindness);
    }

    [Fact]
    public async Task Only_the_first_fifteen_bytes_in_common_are_no_match()
    {
        using var volume = new TempVolume();
        await using var process = ChildProcess.Start(CopyOfSleep(volume, "orders-service-two"), ["60"]);

        var scan = new ProcessTable().Find("orders-service-one");

        Assert.Empty(scan.Found);
        Assert.Null(scan.Blindness);
    }

    [Fact]
    public async Task A_script_is_found_by_its_own_long_name()
    {
        using var volume = new TempVolume();
        var script = volume.Write("nightly-import-worker.sh", "#!/bin/sh\nread line < \"$1\"\n");
        var fifo = volume.PathOf("fifo");
        await RunAsync("chmod", "u+x", script);
        await RunAsync("mkfifo", fifo);
        await using var process = ChildProcess.Start(script, [fifo]);

        var scan = await Eventually.MatchAsync(
            () => new ProcessTable().Find("nightly-import-worker.sh"),
            scan => scan.Found.Count == 1,
            cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(process.Id, scan.Found[0].Pid);
    }

    [Fact]
    public async Task A_process_that_has_ended_is_gone()
    {
        using var volume = new TempVolume();
        var table = new ProcessTable();
        await using var process = ChildProcess.Start(CopyOfSleep(volume, "short-lived"), ["60"]);
        var identity = Assert.Single(table.Find("short-lived").Found);
        Assert.Equal(ProcRead.Done, table.Check(identity, out _));

        process.Kill();
        await process.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(ProcRead.Gone, table.Check(identity, out _));
    }

    [Fact]
    public void A_reused_pid_is_another_process()
    {
        using var proc = new FakeProc().Process(1, "pause", 0).Process(20, "app", 0, start: 500);
        var table = new ProcessTable(proc.Root, ownPid: 30);

        Assert.Equal(ProcRead.Done, table.Check(new ProcessIdentity(20, 500), out _));
        Assert.Equal(ProcRead.Gone, table.Check(new ProcessIdentity(20, 499), out _));
    }

    [Fact]
    public void A_zombie_is_counted_apart_and_is_no_longer_alive()
    {
        using var proc = new FakeProc().Process(1, "pause", 0).Process(20, "app", 1, state: 'Z').Process(30, "adapter", 0);
        var table = new ProcessTable(proc.Root, ownPid: 30);

        var scan = table.Find("app");

        Assert.Empty(scan.Found);
        Assert.Equal(1, scan.Ended);
        Assert.Null(scan.Blindness);
        Assert.Equal(ProcRead.Gone, table.Check(new ProcessIdentity(20, 100), out _));
    }

    [Theory]
    [InlineData("java", "java", "/opt/jdk/bin/java -jar app.jar", null)]
    [InlineData("java", "http-nio-8080", "/opt/jdk/bin/java -jar app.jar", null)]
    [InlineData("orders", "renamed", "orders: worker 3", "/srv/orders (deleted)")]
    [InlineData("nginx", "nginx", "nginx: master process nginx", null)]
    public void A_name_matches_comm_or_first_argument_or_executable(string name, string comm, string arguments, string? executable)
    {
        using var proc = new FakeProc().Process(1, "pause", 0).Process(20, comm, 0, arguments).Process(30, "adapter", 0);
        if (executable is not null)
            proc.Executable(20, executable);

        var scan = new ProcessTable(proc.Root, ownPid: 30).Find(name);

        Assert.Equal([new ProcessIdentity(20, 100)], scan.Found);
    }

    [Fact]
    public void We_never_find_ourselves()
    {
        using var proc = new FakeProc().Process(1, "pause", 0).Process(30, "sidecar-adapter", 0, "/sidecar-adapter");

        Assert.Empty(new ProcessTable(proc.Root, ownPid: 30).Find("sidecar-adapter").Found);
    }

    [Fact]
    public void Alone_in_the_namespace_absence_proves_nothing_and_the_line_that_mends_it_is_named()
    {
        using var proc = new FakeProc().Process(1, "sidecar-adapter", 0).Process(9, "helper", 1);

        var scan = new ProcessTable(proc.Root, ownPid: 1).Find("app");

        Assert.Contains("shareProcessNamespace: true", scan.Blindness, StringComparison.Ordinal);
        Assert.Contains("\"pidMode\": \"task\"", scan.Blindness, StringComparison.Ordinal);
    }

    [Fact]
    public void An_init_above_us_does_not_count_as_company()
    {
        using var proc = new FakeProc().Process(1, "tini", 0).Process(7, "sidecar-adapter", 1);

        Assert.NotNull(new ProcessTable(proc.Root, ownPid: 7).Find("app").Blindness);
    }

    [Fact]
    public void A_shared_namespace_without_the_app_means_that_it_is_absent()
    {
        using var proc = new FakeProc().Process(1, "pause", 0).Process(7, "sidecar-adapter", 0);

        Assert.Null(new ProcessTable(proc.Root, ownPid: 7).Find("app").Blindness);
    }

    [Fact]
    public void A_table_without_process_one_hides_strangers()
    {
        using var proc = new FakeProc().Process(40, "sh", 2).Process(7, "sidecar-adapter", 2);

        Assert.Contains("hidepid", new ProcessTable(proc.Root, ownPid: 7).Find("app").Blindness, StringComparison.Ordinal);
    }

    [Fact]
    public void No_proc_at_all_is_said_and_not_thrown()
    {
        using var volume = new TempVolume();

        Assert.Contains("mount it", new ProcessTable(volume.Root, ownPid: 1).Find("app").Blindness, StringComparison.Ordinal);
        Assert.NotNull(new ProcessTable(volume.PathOf("nowhere"), ownPid: 1).Find("app").Blindness);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        await using var process = ChildProcess.Start(program, arguments);
        Assert.Equal(0, await process.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken));
    }

    private static string CopyOfSleep(TempVolume volume, string name)
    {
        var copy = volume.PathOf(name);
        File.Copy("/bin/sleep", copy);
        return copy;
    }
}
