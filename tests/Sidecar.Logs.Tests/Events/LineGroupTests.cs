using System.Text;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class LineGroupTests
{
    [Fact]
    public void A_Java_stack_trace_is_one_event()
    {
        Assert.Equal(2, Count("""
            2026-01-02 03:04:05 ERROR boom
            	at com.example.Main.main(Main.java:5)
            Caused by: java.io.IOException: disk
            	at com.example.Disk.write(Disk.java:9)
            	... 12 more
            2026-01-02 03:04:06 INFO on we go
            """));
    }

    [Fact]
    public void A_dotnet_exception_is_one_event()
    {
        Assert.Equal(2, Count("""
            2026-01-02T03:04:05Z fail: System.InvalidOperationException: no
             ---> System.IO.IOException: disk
               at App.Disk.Write() in /src/Disk.cs:line 9
               --- End of inner exception stack trace ---
            --- End of stack trace from previous location ---

               at App.Program.Main()
            next
            """));
    }

    [Fact]
    public void A_Python_traceback_ends_with_the_line_that_names_the_exception()
    {
        Assert.Equal(3, Count("""
            ERROR:root:could not
            Traceback (most recent call last):
              File "app.py", line 3, in <module>
                main()
            KeyError: 'x'

            During handling of the above exception, another exception occurred:

            Traceback (most recent call last):
              File "app.py", line 9, in <module>
            app.errors.Fatal: sorry
            INFO:root: on we go
            Done.
            """));
    }

    [Fact]
    public void A_log_whose_lines_are_all_indented_is_not_one_event()
    {
        Assert.Equal(3, Count("  a\n  b\n  c"));
    }

    [Fact]
    public void Ordinary_lines_stay_apart()
    {
        Assert.Equal(5, Count("Caused a stir\nDone\nThe end\n--- next\nSuppressed nothing"));
    }

    private static int Count(string text)
    {
        var count = 0;
        var cutter = new EventCutter(Encoding.UTF8.GetBytes(text), Cutting.Start, 10_000, groups: true, Finality.Line);
        while (cutter.TryNext(out _))
            count++;
        return count;
    }
}
