using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tests.Discovery;

public sealed class RotationNameTests
{
    [Theory]
    [InlineData("app.log", "app.log.1", true)]
    [InlineData("app.log", "app.log.23", true)]
    [InlineData("app.log", "app.log-20260102", true)]
    [InlineData("app.log", "app.log.2026-01-02T03:04:05Z", true)]
    [InlineData("app.log", "app.log.old", true)]
    [InlineData("app.log", "app-20260102.log", true)]
    [InlineData("app.log", "app.1.log", true)]
    [InlineData("app", "app.1", true)]
    [InlineData("app.log", "app.log", false)]
    [InlineData("app.log", "app.log.swp", false)]
    [InlineData("app.log", "app.log1", false)]
    [InlineData("app.log", "app.log.", false)]
    [InlineData("app.log", "app.log.-", false)]
    [InlineData("app.log", "app-errors.log", false)]
    [InlineData("app.log", "app.json", false)]
    [InlineData("app.log", "web.log.1", false)]
    public void Knows_what_rotation_calls_a_file(string name, string other, bool expected)
    {
        Assert.Equal(expected, RotationName.IsOf("/var/log/" + name, "/var/log/" + other));
    }
}
