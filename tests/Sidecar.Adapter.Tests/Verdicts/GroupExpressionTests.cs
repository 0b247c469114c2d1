using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter.Tests.Verdicts;

public sealed class GroupExpressionTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a;b", "a, b")]
    [InlineData("a & b", "a, b")]
    [InlineData("A&(b|c)", "a, (b | c)")]
    [InlineData("a | b & c", "(a | (b & c))")]
    [InlineData("(a | b) & c", "(a | b), c")]
    [InlineData("2 of (a, b, c)", "2 of (a, b, c)")]
    [InlineData("2 OF (a, b|c, d & e)", "2 of (a, (b | c), (d & e))")]
    [InlineData("3 of (a,b,c)", "a, b, c")]
    [InlineData("1 of (a,b)", "(a | b)")]
    [InlineData("a?", "a?")]
    [InlineData("a & (b | c)?", "a, (b | c)?")]
    [InlineData("((a))", "a")]
    [InlineData("1 & 2", "1, 2")]
    public void It_is_read_as_it_is_meant(string text, string meant)
    {
        Assert.Equal(meant, GroupParser.Read(text.Split(';')).Value.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("&")]
    [InlineData("a &")]
    [InlineData("a b")]
    [InlineData("a, b")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("()")]
    [InlineData("a ! b")]
    [InlineData("0 of (a, b)")]
    [InlineData("3 of (a, b)")]
    [InlineData("x of (a, b)")]
    [InlineData("2 of a, b")]
    [InlineData("2 of (a, b")]
    [InlineData("?")]
    public void What_is_no_expression_is_refused(string text)
    {
        Assert.False(GroupParser.Read([text]).IsRight);
    }

    [Fact]
    public void Brackets_without_end_are_refused_and_break_nothing()
    {
        Assert.False(GroupParser.Read([new string('(', 100_000) + "a"]).IsRight);
    }

    [Theory]
    [InlineData("a & b", "UU", "Up")]
    [InlineData("a & b", "UD", "Down")]
    [InlineData("a & b", "UG", "Degraded")]
    [InlineData("a & b", "G?", "Unknown")]
    [InlineData("a | b", "DU", "Up")]
    [InlineData("a | b", "D?", "Unknown")]
    [InlineData("a | b", "DD", "Down")]
    [InlineData("2 of (a,b,c)", "UDU", "Up")]
    [InlineData("2 of (a,b,c)", "UD?", "Unknown")]
    [InlineData("2 of (a,b,c)", "UDD", "Down")]
    [InlineData("2 of (a,b,c)", "UGD", "Degraded")]
    [InlineData("a?", "D", "Degraded")]
    [InlineData("a?", "U", "Up")]
    [InlineData("a & b?", "UD", "Degraded")]
    [InlineData("a & b?", "DU", "Down")]
    [InlineData("(a & b)?", "DU", "Degraded")]
    public void A_group_is_as_well_as_its_expression_says(string text, string probes, string expected)
    {
        var level = GroupParser.Read([text]).Value.Level(name => probes[name[0] - 'a'] switch
        {
            'U' => GroupLevel.Up,
            'G' => GroupLevel.Degraded,
            'D' => GroupLevel.Down,
            _ => GroupLevel.Unknown,
        });

        Assert.Equal(expected, level.ToString());
    }

    [Fact]
    public void Only_probes_that_are_not_optional_can_take_it_down()
    {
        var expression = GroupParser.Read(["a & (b | c?) & (d & e)?"]).Value;

        Assert.Equal(["a", "b"], expression.Critical);
        Assert.Equal(["a", "b", "c", "d", "e"], expression.Probes);
    }
}
