using System.Diagnostics;
using System.Text;
using Sidecar.Logs.Discovery;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Discovery;

public sealed class RawPathTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public void Dispose()
    {
        // .NET can't delete what it can't name.
        using var remove = Process.Start("rm", ["-rf", _volume.Root]);
        remove.WaitForExit();
        _volume.Dispose();
    }

    [Theory]
    [InlineData("/var/log/app.log")]
    [InlineData("/ä/日本/😀.log")]
    [InlineData("")]
    public void A_name_that_is_UTF8_stays_as_it_is(string path)
    {
        Span<byte> buffer = stackalloc byte[RawPath.MaxBytes];
        var bytes = RawPath.ToBytes(path, buffer);

        Assert.Equal(path + "\0", Encoding.UTF8.GetString(bytes));
        Assert.Equal(path, RawPath.FromBytes(bytes[..^1]));
        Assert.Equal(path, RawPath.ToShow(path));
    }

    [Fact]
    public void Any_bytes_come_back_as_they_were()
    {
        var random = new Random(20260102);
        Span<byte> buffer = stackalloc byte[RawPath.MaxBytes];
        var name = new byte[60];
        for (var i = 0; i < 2000; i++)
        {
            random.NextBytes(name);

            var text = RawPath.FromBytes(name);

            Assert.Equal([.. name, 0], RawPath.ToBytes(text, buffer).ToArray());
        }
    }

    [Fact]
    public void A_path_that_is_too_long_is_none()
    {
        Span<byte> buffer = stackalloc byte[RawPath.MaxBytes];

        Assert.True(RawPath.ToBytes(new string('x', 5000), buffer).IsEmpty);
    }

    [Fact]
    public void A_glob_finds_names_that_are_no_UTF8_in_folders_that_are_none_either()
    {
        Shell("mkdir -p $'a/f\\xe4' && touch $'a/f\\xe4/x\\xff.log' a/y.log $'a/f\\xe4/plain.log'");

        var found = new List<string>();
        Glob.TryParse(_volume.PathOf("a/**/*.log"), out _)![0].Find(found.Add, _ => { }, _ => { });
        Glob.TryParse(_volume.PathOf("a/*/plain.log"), out _)![0].Find(found.Add, _ => { }, _ => { });

        Assert.Equal(
            ["a/f\uDCE4/plain.log", "a/f\uDCE4/plain.log", "a/f\uDCE4/x\uDCFF.log", "a/y.log"],
            found.Select(path => path[(_volume.Root.Length + 1)..]).Order(StringComparer.Ordinal));
    }

    private void Shell(string command)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = _volume.Root })!;
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
    }
}
