using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Following;
using Sidecar.Logs.Observing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Following;

public sealed class HeatTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly TempVolume _volume = new();
    private readonly ManualTime _time = new();
    private readonly OpenFiles _open;
    private readonly FollowedFiles _files;
    private readonly List<LogStream> _offered = [];

    public HeatTests()
    {
        var options = new LogsOptions([Sources.Of(_volume.PathOf("*.log"))], [], _volume.PathOf("state"), "host") { PollInterval = Interval };
        _open = new OpenFiles([], 0, _time, NullLogger<OpenFiles>.Instance);
        var metrics = new LogsMetrics(_services.GetRequiredService<IMeterFactory>());
        _files = new FollowedFiles(options, _open, isFirstStart: false, metrics, _time, NullLoggerFactory.Instance);
    }

    public void Dispose()
    {
        _open.Dispose();
        _services.Dispose();
        _volume.Dispose();
    }

    [Fact]
    public void A_file_is_looked_at_every_time_until_it_was_quiet_for_ten_seconds_and_once_a_second_then()
    {
        var path = _volume.Write("app.log", "");
        _files.Scan();

        Assert.Equal(40, Looks(40));
        Assert.Equal(5, Looks(20));
        File.AppendAllText(path, "one\n");
        var until = Enumerable.Range(1, 10).First(_ => Looks(1) == 1 && _offered.Count > 0);

        Assert.InRange(until, 1, 4);
        Assert.Equal(8, Looks(8));
    }

    [Fact]
    public void A_change_of_a_folder_has_every_file_looked_at()
    {
        var path = _volume.Write("app.log", "");
        _files.Scan();
        Looks(45);

        File.Move(path, path + ".1");
        _files.Scan();

        Assert.Equal(1, Looks(1));
        Assert.NotNull(_open.All.Single().Tail.LostNameAt);
    }

    /// How often of so many times the file was looked at.
    private int Looks(int times)
    {
        var looks = 0;
        for (var i = 0; i < times; i++)
        {
            _time.Advance(Interval);
            var tail = _open.All.Single().Tail;
            looks += tail.NextLookAt <= _time.NowMs() ? 1 : 0;
            _files.Poll(_offered.Add, isHurried: false);
        }

        return looks;
    }
}
