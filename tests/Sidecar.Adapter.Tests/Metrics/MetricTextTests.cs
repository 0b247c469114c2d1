using System.Text;
using Sidecar.Adapter.Metrics;

namespace Sidecar.Adapter.Tests.Metrics;

public sealed class MetricTextTests
{
    [Fact]
    public void Samples_of_one_metric_stand_together_with_their_source_and_one_description()
    {
        var text = new MetricText();
        text.Add("# HELP up Is it up?\n# TYPE up gauge\nup 1\n", null, 10);
        text.Add("# TYPE up gauge\nup{job=\"x\"} 0\n# TYPE t histogram\nt_bucket{le=\"1\"} 2\nt_sum 3.5\nt_count 2\nloose 7 1700000000000\n", "app", 10);
        text.Add("up{} 1\nt_count{ le=\"x\" } 9\n", "other", 10);

        Assert.Equal(
            """
            # HELP up Is it up?
            # TYPE up gauge
            up 1
            up{source="app",job="x"} 0
            up{source="other"} 1
            # TYPE t histogram
            t_bucket{source="app",le="1"} 2
            t_sum{source="app"} 3.5
            t_count{source="app"} 2
            t_count{source="other",le="x" } 9
            loose{source="app"} 7 1700000000000

            """.ReplaceLineEndings("\n"),
            Encoding.UTF8.GetString(text.Write()));
    }

    [Theory]
    [InlineData("# TYPE wait summary\nwait_sum 3\nwait_count 2\n", "wait_sum 4\nwait_count 1\n")]
    [InlineData("wait_sum 4\nwait_count 1\n", "# TYPE wait summary\nwait_sum 3\nwait_count 2\n")]
    public void Sums_and_counts_without_a_description_join_the_summary_that_another_source_describes(string first, string second)
    {
        var text = new MetricText();
        text.Add(first, "one", 10);
        text.Add(second, "two", 10);

        var lines = Encoding.UTF8.GetString(text.Write()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("# TYPE wait summary", lines[0]);
        Assert.Equal(4, lines[1..].Count(line => line.StartsWith("wait_", StringComparison.Ordinal)));
        Assert.Equal(5, lines.Length);
    }

    [Fact]
    public void A_metric_whose_name_only_begins_like_another_stands_by_itself()
    {
        var text = new MetricText();
        text.Add("# TYPE queue gauge\nqueue 3\nqueue_count 7\n", "app", 10);

        Assert.Equal("# TYPE queue gauge\nqueue{source=\"app\"} 3\nqueue_count{source=\"app\"} 7\n", Encoding.UTF8.GetString(text.Write()));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("9lives 1")]
    [InlineData("name")]
    [InlineData("# TYPE <b> gauge")]
    [InlineData("# TYPE x banana\nx 1")]
    [InlineData("# TYPE x\nx 1")]
    [InlineData("hello world")]
    [InlineData("x 12e")]
    [InlineData("x 1e999")]
    [InlineData("x -nan")]
    [InlineData("x 1_000")]
    [InlineData("x 1 now")]
    [InlineData("x 1 2 3")]
    [InlineData("x_total 3 # {trace_id=\"a\"} 1")]
    [InlineData("x{a=\"b")]
    [InlineData("x{a=\"b\" 3")]
    [InlineData("x{a=\"b\\\"} 3")]
    [InlineData("x{a=b} 1")]
    [InlineData("x{a-b=\"c\"} 1")]
    [InlineData("x{1a=\"c\"} 1")]
    [InlineData("x{a:b=\"c\"} 1")]
    [InlineData("x{a=\"b\";c=\"d\"} 1")]
    [InlineData("x{,} 1")]
    [InlineData("x{a=\"1\",a=\"2\"} 1")]
    [InlineData("x{__name__=\"y\"} 1")]
    [InlineData("x{a=\"b\"}")]
    [InlineData("x{a=\"\0\"} 1")]
    public void What_is_no_metric_is_refused(string line)
    {
        var text = new MetricText();

        Assert.Throws<InvalidDataException>(() => text.Add("well 1\n" + line + "\n", "app", 10));

        Assert.Empty(text.Write());
    }

    [Theory]
    [InlineData("x 1", "x{source=\"app\"} 1")]
    [InlineData("x\t+1.5e-3\t-1700", "x{source=\"app\"} +1.5e-3\t-1700")]
    [InlineData("x NaN", "x{source=\"app\"} NaN")]
    [InlineData("x -inf", "x{source=\"app\"} -inf")]
    [InlineData("x +Infinity", "x{source=\"app\"} +Infinity")]
    [InlineData("x .5", "x{source=\"app\"} .5")]
    [InlineData("x {} 1", "x{source=\"app\"} 1")]
    [InlineData("x{a=\"b\",}1", "x{source=\"app\",a=\"b\",} 1")]
    [InlineData("x { a = \"b\" , c=\"\" } 1", "x{source=\"app\",a = \"b\" , c=\"\" } 1")]
    [InlineData("x{a=\"}\\\\\\\"\\n, =#\u00e4\"} 1", "x{source=\"app\",a=\"}\\\\\\\"\\n, =#\u00e4\"} 1")]
    public void Every_sample_that_Prometheus_takes_is_taken(string line, string written)
    {
        var text = new MetricText();
        text.Add(line + "\r\n", "app", 10);

        Assert.Equal(written + "\n", Encoding.UTF8.GetString(text.Write()));
    }

    [Theory]
    [InlineData("jms{source=\"queue\",x=\"y\"} 3", "jms{source=\"app\",exported_source=\"queue\",x=\"y\"} 3")]
    [InlineData("jms{x=\"source=\", source =\"queue\"} 3", "jms{source=\"app\",x=\"source=\", exported_source =\"queue\"} 3")]
    [InlineData("jms{source=\"a\",exported_source=\"b\"} 3", "jms{source=\"app\",exported_exported_source=\"a\",exported_source=\"b\"} 3")]
    public void A_label_of_the_apps_own_that_is_called_source_is_kept_under_another_name_as_Prometheus_does(string line, string written)
    {
        var text = new MetricText();
        text.Add(line + "\n", "app", 10);

        Assert.Equal(written + "\n", Encoding.UTF8.GetString(text.Write()));
    }

    [Fact]
    public void No_text_makes_anything_but_a_refusal()
    {
        var random = new Random(20261123);
        const string Page = "# HELP x y\n# TYPE x counter\nx{a=\"b\\\"\",source=\"c\"} 1.5e3 1700\nx_sum{} NaN\n";
        const string Noise = " \t\n{}\",=#\\a1.\ud83d\u00e4";
        for (var round = 0; round < 20_000; round++)
        {
            var broken = Page.ToCharArray();
            for (var hits = random.Next(1, 6); hits > 0; hits--)
                broken[random.Next(broken.Length)] = Noise[random.Next(Noise.Length)];

            Assert.True(Record.Exception(() => new MetricText().Add(new string(broken, 0, random.Next(broken.Length + 1)), "app", 10)) is null or InvalidDataException);
        }
    }

    [Fact]
    public void More_series_than_the_limit_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => new MetricText().Add("a 1\nb 2\nc 3\n", "app", 2));
    }

    [Fact]
    public void Numbers_of_a_JSON_text_become_metrics_and_what_is_none_is_left_out()
    {
        var metrics = JsonMetric.ReadAll("queue=$.queue.length;full=$.queue.full;heap=$.text;missing=$.nothing;word=$.word").Value;

        Assert.Equal(
            "# TYPE queue gauge\nqueue 12.5\n# TYPE full gauge\nfull 1\n# TYPE heap gauge\nheap 7\n",
            JsonMetric.Render(metrics, """{"queue":{"length":12.5,"full":true},"text":"7","word":"many"}"""));
    }
}
