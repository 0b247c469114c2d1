using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tests.Discovery;

public sealed class StreamTemplateTests
{
    [Fact]
    public void Fills_in_where_a_file_was_first_seen()
    {
        var template = StreamTemplate.TryParse("{source}/{hostname}/{path}/{file}", out _)!;

        Assert.Equal("web/pod-1/var/log/app.log/app.log", template.Fill("pod-1", "/var/log/app.log", "web"));
    }

    [Fact]
    public void Whatever_a_file_is_called_the_stream_has_a_name_that_the_service_takes()
    {
        var template = StreamTemplate.TryParse("{file}", out _)!;

        Assert.Equal("a_b_c.log", template.Fill("h", "/x/a:b*c.log", "s"));
        Assert.Equal(512, template.Fill("h", "/x/" + new string('n', 600), "s").Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a:b")]
    [InlineData("a*b")]
    [InlineData("{pod}/x")]
    [InlineData("{file")]
    public void A_template_that_could_not_be_filled_is_refused(string text)
    {
        Assert.Null(StreamTemplate.TryParse(text, out var fault));
        Assert.NotNull(fault);
    }
}
