using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class LineGroupTests
{
    private const string Java = """
        java.lang.IllegalStateException: order 7
        could not be paid
        	at com.example.Orders.pay(Orders.java:41)
        	at java.base/java.lang.Thread.run(Thread.java:840)
        	Suppressed: java.io.IOException: close
        		at com.example.Orders.close(Orders.java:9)
        Caused by: java.io.IOException: disk
        	at com.example.Disk.write(Disk.java:9)
        	... 12 more
        """;

    private const string Dotnet = """
        System.InvalidOperationException: no
         ---> System.IO.IOException: disk
           at App.Disk.Write() in /src/Disk.cs:line 9
           --- End of inner exception stack trace ---
        --- End of stack trace from previous location ---

           at App.Program.Main()
        """;

    private const string Python = """
        Traceback (most recent call last):
          File "app.py", line 3, in <module>
            main()
            ~~~~^^
        KeyError: 'x'

        During handling of the above exception, another exception occurred:

        Traceback (most recent call last):
          File "app.py", line 9, in <module>
        app.errors.Fatal: sorry
        """;

    private const string Go = """
        panic: runtime error: index out of range [5] with length 3 [recovered]
        	panic: again

        goroutine 1 [running]:
        main.(*Server).handle(0xc000010000, {0x1, 0x2})
        	/app/main.go:12 +0x1d
        created by main.main in goroutine 1
        	/app/main.go:9 +0x25

        goroutine 18 [chan receive, 5 minutes]:
        runtime.gopark(...)
        	/usr/local/go/src/runtime/proc.go:398 +0xce
        ...additional frames elided...
        rip    0x45e1a1
        exit status 2
        """;

    private const string Node = """
        /app/index.js:12
            throw new Error('boom');
            ^

        Error: boom
            at Object.<anonymous> (/app/index.js:12:7)
            at node:internal/main/run_main_module:28:49 {
          code: 'E_BOOM',
          [cause]: Error: inner
              at /app/index.js:3:1
        }

        Node.js v20.11.0
        """;

    private const string Ruby = """
        /app/orders.rb:12:in 'Orders#pay': no money (RuntimeError)
        	from /app/orders.rb:4:in 'block in <main>'
        	from /app/main.rb:1:in '<main>'
        """;

    private const string Php = """
        PHP Fatal error:  Uncaught RuntimeException: boom in /app/a.php:3
        Stack trace:
        #0 /app/a.php(7): pay()
        #1 [internal function]: Orders->run()
        #2 {main}

        Next LogicException: outer in /app/a.php:9
        Stack trace:
        #0 {main}
          thrown in /app/a.php on line 3
        """;

    public static TheoryData<string, string> Traces => new()
    {
        { "java", "com.example.FailedException: x\n\tat com.example.Orders.pay(Orders.java:41)\nCaused by: java.io.IOException\n\t... 12 more" },
        { "dotnet", Dotnet },
        { "python", Python },
        { "go", Go },
        { "node", Node },
        { "ruby", Ruby },
        { "php", Php },
    };

    public static TheoryData<string> Starts =>
    [
        "2026-01-02T03:04:05.678Z ERROR boom", "2026-01-02 03:04:05,678 boom", "[2026-01-02 03:04:05] production.ERROR: boom",
        "2026/01/02 03:04:05 boom", "02/Jan/2026:03:04:05 +0000 boom", "[02-Jan-2026 03:04:05 UTC] PHP Warning:  boom",
        "02 Jan 2026 03:04:05 boom", "02.01.2026 03:04:05 boom", "20260102 03:04:05 boom", "20260102T030405 boom",
        "Jan  2 03:04:05 host app[1]: boom", "<134>Jan  2 03:04:05 host app: boom", "<165>1 2026-01-02T03:04:05Z host app: boom",
        "[Fri Jan 02 03:04:05.123456 2026] [core:error] boom", "Fri, 02 Jan 2026 03:04:05 GMT boom", "03:04:05.678 [main] ERROR boom",
        "1767322800 boom", "1767322800.123 boom", "I0102 03:04:05.678901       1 main.go:12] boom",
        "E, [2026-01-02T03:04:05.123456 #1] ERROR -- : boom", "time=\"2026-01-02T03:04:05Z\" level=error msg=boom", "level=error msg=boom",
        "ERROR boom", "ERROR: boom", "[ERROR] boom", "[ERROR ] boom", " INFO [main] boom", "ERROR:root:boom", "fail: App.Orders[0]", "[main] WARN boom",
        "error: boom", "{\"level\":\"error\"}", "10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] \"GET / HTTP/1.1\" 200 5",
    ];

    [Theory]
    [MemberData(nameof(Traces))]
    public void A_stack_trace_is_one_event_also_in_a_file_that_shows_no_start(string language, string trace)
    {
        Assert.Equal(["before", trace, "after"], Cut("auto", "before", trace, "after"));
        Assert.Equal(["before", trace, "after"], Cut(language, "before", trace, "after"));
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void A_header_stays_with_its_exception(string language, string trace)
    {
        string[] events = ["2026-01-02 03:04:05 INFO on we go", "2026-01-02 03:04:05 ERROR boom\n" + trace, "2026-01-02 03:04:06 INFO on we go"];

        Assert.Equal(events, Cut("auto", events));
        if (language is "python" or "java" or "dotnet" or "ruby")
            Assert.Equal(events, Cut(language, events));
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public void What_leads_an_event_in_common_formats_begins_one_and_free_text_carries_it_on(string start)
    {
        string[] events = [start, start + "\nand more of it\n\nin paragraphs", start + "\n" + Java, start];

        Assert.Equal(events, Cut("auto", events));
        Assert.Contains(LineStart.Of(System.Text.Encoding.UTF8.GetBytes(start)), new[] { LineKind.Time, LineKind.Level, LineKind.Json });
    }

    [Fact]
    public void The_two_lines_that_head_an_event_of_java_util_logging_stay_together()
    {
        string[] events = ["Jan 02, 2026 3:04:05 AM com.example.Orders pay\nSEVERE: boom\n" + Java, "Jan 02, 2026 3:04:06 AM com.example.Orders pay\nINFO: on"];

        Assert.Equal(events, Cut("auto", events));
    }

    [Theory]
    [InlineData("\tat com.example.Orders.pay(Orders.java:41)\nCaused by: java.io.IOException: disk\n\tat com.example.Disk.write(Disk.java:9)")]
    [InlineData("  File \"app.py\", line 3, in <module>\n    main()\nKeyError: 'x'")]
    [InlineData("Caused by: java.io.IOException: disk\n\tat com.example.Disk.write(Disk.java:9)\n\t... 12 more")]
    [InlineData("goroutine 1 [running]:\nmain.main()\n\t/app/main.go:12 +0x1d")]
    [InlineData("#1 /app/a.php(7): pay()\n#2 {main}\n  thrown in /app/a.php on line 3")]
    public void A_file_that_begins_in_the_middle_of_a_trace_begins_with_the_rest_of_it(string rest)
    {
        Assert.Equal([rest, "2026-01-02 03:04:06 INFO on"], Cut("auto", rest, "2026-01-02 03:04:06 INFO on"));
    }

    [Fact]
    public void Pretty_printed_JSON_is_one_event()
    {
        string[] events = ["{\n  \"a\": [\n    1\n  ]\n}", "{\n  \"b\": 2\n}", "plain"];

        Assert.Equal(events, Cut("auto", events));
    }

    [Fact]
    public void A_log_whose_lines_are_all_indented_is_not_one_event()
    {
        Assert.Equal(["  a", "  b\n    of b", "  c"], Cut("auto", "  a", "  b\n    of b", "  c"));
    }

    [Fact]
    public void Ordinary_lines_stay_apart_in_a_file_that_shows_no_start()
    {
        string[] events =
        [
            "Caused a stir", "Done", "The end", "--- next", "Suppressed nothing", "Error connecting to x", "done (all of it)", "ending:",
            "at last", "#1 in the charts", "Next stop", "}", "goroutine is a word", "ERRORS were made", "Information", "2026 was good", "12 monkeys",
        ];

        Assert.Equal(events, Cut("auto", events));
    }

    [Fact]
    public void Nothing_is_grouped_when_it_is_off()
    {
        Assert.Equal(Java.Split('\n'), Cut("off", Java));
    }

    [Fact]
    public void A_preset_lets_free_text_and_other_languages_stand_alone()
    {
        string[] events = ["2026-01-02 03:04:05 INFO on", "plain", "goroutine 1 [running]:", "#0 /app/a.php(7): pay()", "Traceback (most recent call last):"];

        Assert.Equal(events, Cut("java", events));
    }

    [Fact]
    public void Free_text_after_a_dated_banner_is_not_taken_for_one_event()
    {
        var plain = Enumerable.Range(0, 500).Select(i => $"plain line {i}").ToArray();

        var events = Cut("auto", ["2026-01-02 03:04:05 banner", .. plain]);

        Assert.InRange(events[0].Split('\n').Length, 1, 30);
        Assert.Equal(plain[^400..], events[^400..]);
    }

    [Fact]
    public void Free_text_stands_alone_where_a_file_is_mostly_made_of_it_and_traces_stay_whole()
    {
        string[] mixed = [.. Enumerable.Range(0, 300).SelectMany(i => i % 20 == 0 ? new[] { $"2026-01-02 03:04:05 INFO {i}" } : [$"plain line {i}"])];
        string[] traces = ["2026-01-02 03:04:05 ERROR boom\n" + Java.Replace("\ncould not be paid", ""), "plain", "2026-01-02 03:04:05 ERROR boom\n" + Python];

        var events = Cut("auto", [.. mixed, .. traces]);

        Assert.Equal(mixed[^200..], events[^203..^3]);
        Assert.Equal(traces, events[^3..]);
    }

    [Fact]
    public void A_file_that_turns_to_a_shape_after_long_free_text_is_learnt_anew()
    {
        var plain = Enumerable.Range(0, 5000).Select(i => $"plain line {i} {new string('x', 40)}").ToArray();
        var shaped = Enumerable.Range(0, 5000).Select(i => $"2026-01-02 03:04:05 INFO {i} {new string('x', 40)}\nof {i}").ToArray();

        var events = Cut("auto", [.. plain, .. shaped]);

        Assert.Equal(plain, events[..5000]);
        Assert.Equal(shaped[^2000..], events[^2000..]);
    }

    [Fact]
    public void A_pattern_of_ones_own_tells_where_events_begin()
    {
        string[] events = ["of an event before", "# one\nERROR two\n2026-01-02 03:04:05 three", "# four"];

        Assert.Equal(events, Cut("start:^# ", events));
    }

    [Fact]
    public void A_pattern_that_backtracks_is_given_up_after_a_while_said_once_and_lines_are_judged_without_it()
    {
        var lines = Multiline.Read("start:^(?=x)(x+x+)+y").Value!;
        string[] events = [.. Enumerable.Range(0, 50).Select(i => $"2026-01-02 03:04:05 {i}\n{new string('x', 60)}")];
        var started = TimeProvider.System.GetTimestamp();

        var cut = Cut(lines, [new string('x', 60), .. events]);

        Assert.Equal(events[^45..], cut[^45..]);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.3, 30);
        Assert.Contains("300 ms", lines.Start!.TakeFault());
        Assert.Null(lines.Start.TakeFault());
    }

    private static string[] Cut(string lines, params string[] events) => Cut(Multiline.Read(lines).Value!, events);

    private static string[] Cut(Multiline lines, params string[] events)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', events) + "\n");
        var found = new List<string>();
        var cutter = new EventCutter(bytes, Cutting.Start, 1_000_000, lines, Finality.Group);
        while (cutter.TryNext(out var cut))
            found.Add(System.Text.Encoding.UTF8.GetString(bytes.AsSpan(cut.From, cut.Length)));
        return [.. found];
    }
}
