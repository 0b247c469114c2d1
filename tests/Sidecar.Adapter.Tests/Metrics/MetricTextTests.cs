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
    public void What_is_no_metric_is_refused(string line)
    {
        Assert.Throws<InvalidDataException>(() => new MetricText().Add(line + "\n", "app", 10));
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
