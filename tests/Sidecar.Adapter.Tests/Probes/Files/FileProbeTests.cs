using System.Text.RegularExpressions;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Files;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Probes.Files;

public sealed class FileProbeTests : IDisposable
{
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
    public async Task A_path_through_a_file_is_a_miss()
    {
        var path = _volume.Write("file", "");

        Assert.Equal(ProbeResult.Failed("there is no such file"), await AskAsync(path + "/below"));
    }

    [Fact]
    public async Task One_that_has_to_be_absent_is_a_miss_when_it_is_there()
    {
        var expected = new FileExpectation { IsAbsent = true };
        Assert.Equal(ProbeResult.Passed("absent"), await AskAsync(_volume.PathOf("lock"), expected));

        Assert.Equal(ProbeResult.Failed("present, expected to be absent"), await AskAsync(_volume.Write("lock", ""), expected));
    }

    [Theory]
    [InlineData(0, "present, but 4 bytes large, expected at least 5")]
    [InlineData(1, "present")]
    [InlineData(7, "present, but 11 bytes large, expected at most 10")]
    public async Task Its_size_has_to_lie_within_the_limits(int more, string reason)
    {
        var path = _volume.Write("report", "beat" + new string('!', more));

        Assert.Equal(reason, (await AskAsync(path, new FileExpectation { MinSize = 5, MaxSize = 10 })).Reason);
    }

    [Theory]
    [InlineData("{\"state\":\"running\"}", "present")]
    [InlineData("{\"state\":\"stopped\"}", "present, but $.state is stopped, expected running")]
    [InlineData("running", "present, but the file is not JSON")]
    public async Task Its_content_has_to_hold_what_is_expected(string content, string reason)
    {
        var path = _volume.Write("state.json", content);
        var rules = ContentRules.None with { Json = [JsonTest.Read("$.state = running").Value] };

        Assert.Equal(reason, (await AskAsync(path, new FileExpectation { Content = rules })).Reason);
    }

    [Fact]
    public async Task Of_a_huge_file_only_the_first_part_is_read()
    {
        var path = _volume.PathOf("huge.log");
        await using (var file = File.Create(path))
            file.SetLength(1L << 30);
        var rules = ContentRules.None with { Match = new Regex("needle", RegexOptions.NonBacktracking) };

        Assert.Equal("present, but no match in the first 256 KiB of the file", (await AskAsync(path, new FileExpectation { Content = rules })).Reason);
    }

    [Fact]
    public async Task A_pipe_is_a_miss_and_holds_nothing_up_whether_its_content_matters_or_not()
    {
        var pipe = _volume.PathOf("pipe");
        await using var maker = ChildProcess.Start("mkfifo", [pipe]);
        await maker.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken);

        foreach (var content in (ContentRules[])[ContentRules.None, ContentRules.None with { Text = "ok" }])
            Assert.Equal(ProbeResult.Failed("a pipe, a socket or a device, expected a file"), await AskAsync(pipe, new FileExpectation { Content = content }));
    }

    public void Dispose() => _volume.Dispose();

    private string WriteAt(string name, double seconds)
    {
        var path = _volume.Write(name, "beat");
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().AddSeconds(seconds).UtcDateTime);
        return path;
    }

    private Task<ProbeResult> AskAsync(string path, double? maxAge = null) =>
        AskAsync(path, new FileExpectation { MaxAge = maxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null });

    private Task<ProbeResult> AskAsync(string path, FileExpectation expected) =>
        new FileProbe(path, expected, _time).AskAsync(TestContext.Current.CancellationToken);
}
