using Sidecar.Ambassador.Redis.Insight;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Redis.Insight;

public sealed class FlightRecorderTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void What_is_said_again_and_again_stands_there_once_with_how_often()
    {
        var recorder = new FlightRecorder(_time);

        recorder.Note("no connection");
        _time.Advance(TimeSpan.FromSeconds(1));
        recorder.Note("no connection");
        recorder.Note("connected");

        Assert.Equal(
            """[{"at":"2026-01-02T03:04:05.0000000+00:00","what":"no connection","times":2,"until":"2026-01-02T03:04:06.0000000+00:00"},"""
            + """{"at":"2026-01-02T03:04:06.0000000+00:00","what":"connected"}]""",
            recorder.Show().ToJsonString(Plain.Json));
    }

    [Fact]
    public void What_is_older_than_ten_minutes_is_forgotten()
    {
        var recorder = new FlightRecorder(_time);

        recorder.Note("first");
        _time.Advance(TimeSpan.FromMinutes(6));
        recorder.Note("second");
        _time.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal("second", Assert.Single(recorder.Show())!["what"]!.GetValue<string>());
    }

    [Fact]
    public void No_more_than_two_hundred_things_are_kept()
    {
        var recorder = new FlightRecorder(_time);

        for (int i = 0; i < 1000; i++)
            recorder.Note($"{i}");

        var shown = recorder.Show();
        Assert.Equal(200, shown.Count);
        Assert.Equal("800", shown[0]!["what"]!.GetValue<string>());
    }
}
