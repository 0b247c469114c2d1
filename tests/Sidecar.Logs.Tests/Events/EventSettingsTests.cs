using Sidecar.Hosting.Settings;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tests.Events;

public sealed class EventSettingsTests
{
    [Theory]
    [InlineData("auto")]
    [InlineData("off")]
    [InlineData("Java")]
    [InlineData("start:^\\d{4}-")]
    [InlineData("start:^(?!\\s)")]
    public void Every_way_of_grouping_lines_is_understood(string text)
    {
        Assert.True(Multiline.Read(text).IsRight);
    }

    [Theory]
    [InlineData("cobol", "auto, off, java, dotnet, python, go, node, ruby, php or start:<regex> is expected")]
    [InlineData("start:", "start: is followed by one regular expression (it is empty)")]
    [InlineData("start:(", "start: is followed by one regular expression")]
    public void What_is_none_is_refused_with_what_is_expected(string text, string expected)
    {
        Assert.StartsWith(expected, Multiline.Read(text).Expected);
    }

    [Theory]
    [InlineData("UTF-16le", TextEncoding.Utf16LittleEndian)]
    [InlineData("latin-1", TextEncoding.Latin1)]
    public void Encodings_are_known_by_their_common_names(string text, object encoding)
    {
        Assert.Equal(encoding, ((ISetting)Sidecar.Logs.Events.EventSettings.Encoding).Read(text).Value);
        Assert.False(((ISetting)Sidecar.Logs.Events.EventSettings.Encoding).Read("ebcdic").IsRight);
    }
}
