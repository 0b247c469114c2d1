using Sidecar.Hosting.ProcFs;

namespace Sidecar.Hosting.Tests.ProcFs;

public sealed class ProcessStatTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("two words")]
    [InlineData("a) S 1 (b")]
    public void A_name_may_hold_blanks_and_parentheses(string comm)
    {
        var isStat = ProcessStat.TryParse(FakeProc.StatLine(42, comm, 'S', parent: 7, start: 123456), out var stat);

        Assert.True(isStat);
        Assert.Equal(new ProcessStat(42, comm, 'S', 7, 123456), stat);
    }

    [Theory]
    [InlineData("")]
    [InlineData("42")]
    [InlineData("42 (sleep")]
    [InlineData("42 (sleep)")]
    [InlineData("42 (sleep) S")]
    [InlineData("42 (sleep) S x 1 1")]
    [InlineData("42 (sleep) S 1 1 1 0 -1 4194304 1 1 1 1 1")]
    [InlineData(") 42 (")]
    public void What_is_cut_short_is_no_stat(string line)
    {
        Assert.False(ProcessStat.TryParse(System.Text.Encoding.UTF8.GetBytes(line), out _));
    }

    [Fact]
    public void No_input_makes_it_throw()
    {
        var random = new Random(20261122);
        var line = FakeProc.StatLine(42, "sleep", 'S', parent: 7, start: 99);
        for (var round = 0; round < 20_000; round++)
        {
            var broken = line.ToArray();
            for (var hits = random.Next(1, 6); hits > 0; hits--)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);

            if (ProcessStat.TryParse(broken.AsSpan(0, random.Next(broken.Length + 1)), out var stat))
                Assert.NotNull(stat.Comm);
        }
    }
}
