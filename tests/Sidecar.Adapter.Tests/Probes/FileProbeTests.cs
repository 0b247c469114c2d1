using Sidecar.Adapter.Probes;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Probes;

public sealed class FileProbeTests : IDisposable
{
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    private readonly TempVolume _volume = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_file_without_a_maximum_age_only_has_to_be_there()
    {
        var path = _volume.Write("beat", "");
        Assert.Equal("present", (await AskAsync(path)).Reason);

        File.Delete(path);

        Assert.Equal(ProbeResult.Failed("there is no such file"), await AskAsync(path));
    }

    [Theory]
    [InlineData(-30, true, "written 30s ago")]
    [InlineData(-29.5, true, "written 30s ago")]
    [InlineData(-31, false, "written 31s ago, expected within 30s")]
    [InlineData(-90_000, false, "written 25h ago, expected within 30s")]
    [InlineData(59, true, "written 0.0s ago")]
    [InlineData(61, false, "clock skew: written 61s in the future, expected at most 1m")]
    public async Task It_has_to_be_as_fresh_as_its_maximum_age_and_not_from_the_future(double seconds, bool isRight, string reason)
    {
        var path = WriteAt("beat", seconds);

        var result = await AskAsync(path, maxAge: 30);

        Assert.Equal((isRight, reason), (result.HasPassed, result.Reason));
    }

    [Theory]
    [InlineData("beat-*")]
    [InlineData("beat-?")]
    [InlineData("*")]
    public async Task Of_a_pattern_the_newest_counts(string pattern)
    {
        WriteAt("beat-1", -500);
        WriteAt("beat-2", -5);
        WriteAt("beat-3", -100);

        Assert.Equal("written 5.0s ago", (await AskAsync(_volume.PathOf(pattern), maxAge: 30)).Reason);
    }

    [Fact]
    public async Task A_pattern_may_stand_in_any_part_and_folders_are_no_files()
    {
        WriteAt("pod-a/beat", -500);
        WriteAt("pod-b/beat", -5);
        _volume.Folder("pod-c/beat");
        _volume.Write("not-a-folder", "");

        Assert.Equal("written 5.0s ago", (await AskAsync(_volume.PathOf("*/beat"), maxAge: 30)).Reason);
    }

    [Fact]
    public async Task A_pattern_without_a_match_is_a_miss()
    {
        Assert.Equal(ProbeResult.Failed("no file matches"), await AskAsync(_volume.PathOf("beat-*"), maxAge: 30));
        Assert.Equal(ProbeResult.Failed("no file matches"), await AskAsync(_volume.PathOf("nowhere/x/*"), maxAge: 30));
    }

    [Fact]
    public async Task A_folder_where_a_file_is_expected_is_a_miss()
    {
        Assert.Equal(ProbeResult.Failed("a directory, expected a file"), await AskAsync(_volume.Folder("folder")));
    }

    [Fact]
    public async Task The_time_of_a_link_is_that_of_the_file_it_leads_to()
    {
        var path = WriteAt("real", -500);
        var link = _volume.PathOf("link");
        File.CreateSymbolicLink(link, path);

        Assert.Equal("written 500s ago, expected within 30s", (await AskAsync(link, maxAge: 30)).Reason);

        File.Delete(path);
        Assert.Equal(ProbeResult.Failed("there is no such file"), await AskAsync(link, maxAge: 30));
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_holds_nothing_up()
    {
        var pipe = _volume.PathOf("pipe");
        await using var maker = ChildProcess.Start("mkfifo", [pipe]);
        await maker.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken);

        Assert.True((await AskAsync(pipe)).HasPassed);
    }

    [Fact]
    public async Task A_path_through_a_file_is_a_miss()
    {
        var path = _volume.Write("file", "");

        Assert.Equal(ProbeResult.Failed("there is no such file"), await AskAsync(path + "/below"));
    }

    public void Dispose() => _volume.Dispose();

    private string WriteAt(string name, double seconds)
    {
        var path = _volume.Write(name, "beat");
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().AddSeconds(seconds).UtcDateTime);
        return path;
    }

    private Task<ProbeResult> AskAsync(string path, double? maxAge = null) =>
        new FileProbe(path, maxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Skew, _time).AskAsync(TestContext.Current.CancellationToken);
}
