using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tests.Discovery;

public sealed class StreamTemplateTests
{
    [Fact]
    public void Fills_in_where_a_file_was_first_seen_and_where_the_agent_runs()
    {
        var options = Options("{source}/{hostname}{path}/{file}/{date}/{namespace}.{pod}.{container}@{node}", known: new(StringComparer.Ordinal)
        {
            ["namespace"] = "shop", ["pod"] = "orders-1", ["container"] = "app", ["node"] = "n1",
        });

        var target = options.TargetOf(options.Sources[0], "/var/log/app.log", new DateTimeOffset(2026, 1, 2, 23, 0, 0, TimeSpan.FromHours(-5)));

        Assert.Equal("default/hostvar/log/app.log/app.log/2026-01-03/shop.orders-1.app@n1", target!.Value.Stream);
    }

    [Fact]
    public void Whatever_a_file_is_called_the_stream_has_a_name_that_the_service_takes()
    {
        var template = StreamTemplate.TryParse("{file}", out _)!;

        Assert.Equal("a_b_c_.log", template.Fill(_ => "a:b*c\n.log"));
        Assert.Equal(512, template.Fill(_ => new string('n', 600))!.Length);
        Assert.Equal(511, template.Fill(_ => new string('n', 511) + "😀")!.Length);
        Assert.Equal("_", template.Fill(_ => ""));
    }

    [Fact]
    public void A_name_in_braces_that_a_file_bears_is_not_filled_in()
    {
        Assert.Equal("{pod}/{pod}", StreamTemplate.TryParse("{file}/{path}", out _)!.Fill(_ => "{pod}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a:b")]
    [InlineData("a*b")]
    [InlineData("{pods}/x")]
    [InlineData("{file")]
    public void A_template_that_could_not_be_filled_is_refused(string text)
    {
        Assert.Null(StreamTemplate.TryParse(text, out var fault));
        Assert.NotNull(fault);
    }

    [Fact]
    public void What_the_task_is_called_is_waited_for()
    {
        var options = Options("{cluster}/{family}/{task}", "/ecs/{family}");
        var before = options.TargetOf(options.Sources[0], "/a.log", default);

        options.Surroundings.Learn(Logs.Destination.TaskMetadata.Read("""
            {"Cluster":"arn:aws:ecs:eu-west-1:1:cluster/prod","TaskARN":"arn:aws:ecs:eu-west-1:1:task/prod/0f6a","Family":"orders","Revision":"7"}
            """u8.ToArray()));

        Assert.Null(before);
        Assert.Equal(("/ecs/orders", "prod/orders/0f6a"), (options.TargetOf(options.Sources[0], "/a.log", default)!.Value.Group, options.TargetOf(options.Sources[0], "/a.log", default)!.Value.Stream));
    }

    [Theory]
    [InlineData("/app/{namespace}", "shop:1 é", "/app/shop_1__")]
    [InlineData("{namespace}/x", "aws", "_ws/x")]
    [InlineData("{namespace}", "", "_")]
    [InlineData("/constant", "", "/constant")]
    public void Whatever_surrounds_the_agent_the_group_has_a_name_that_the_service_takes(string group, string value, string expected)
    {
        Assert.Null(GroupName.Fault(group));

        var filled = GroupName.Fill(group, _ => value)!;

        Assert.Equal(expected, filled);
        Assert.Null(GroupName.Fault(filled));
    }

    [Theory]
    [InlineData("a:{pod}")]
    [InlineData("/app/{pods}")]
    [InlineData("aws/{pod}")]
    [InlineData("")]
    public void A_group_that_the_service_would_never_take_is_refused(string group)
    {
        Assert.NotNull(GroupName.Fault(group));
    }

    [Fact]
    public void A_chosen_group_stays_and_a_constant_one_is_the_one_that_is_set_now()
    {
        var constant = Options("{file}", "/now").Sources[0];
        var chosen = Options("{file}", "/{date}").Sources[0];
        var before = new Logs.Batching.StreamTarget("/before", "stream");

        Assert.Equal("/now", LogsOptions.Again(constant, before).Group);
        Assert.Equal("/before", LogsOptions.Again(chosen, before).Group);
    }

    private static LogsOptions Options(string stream, string group = "/test", Dictionary<string, string>? known = null)
    {
        var source = new LogSource { Name = "default", Paths = [], Group = group, Stream = StreamTemplate.TryParse(stream, out _)! };
        return new LogsOptions([source], [], "/state", "host") { Surroundings = new Surroundings(known ?? new(StringComparer.Ordinal)) };
    }
}
