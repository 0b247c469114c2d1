using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Tests.Settings;

public sealed class ValueFormsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("250ms", 250)]
    [InlineData("5s", 5000)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    public void Reads_a_duration_with_its_unit(string text, double milliseconds)
    {
        var parsed = ValueForms.Duration(text);

        Assert.Equal(milliseconds, parsed.Value.TotalMilliseconds);
        Assert.True(parsed.IsRight);
    }

    [Theory]
    [InlineData("5", "needs a unit")]
    [InlineData("00:00:05", "a duration is expected")]
    [InlineData("-5s", "a duration is expected")]
    [InlineData("s", "a duration is expected")]
    [InlineData("5 s", "a duration is expected")]
    [InlineData("1e3s", "a duration is expected")]
    [InlineData("5S", "a duration is expected")]
    [InlineData("9999999999999999999d", "too long")]
    [InlineData("∞s", "a duration is expected")]
    public void Refuses_a_duration_of_another_form_and_says_what_is_expected(string text, string expected) =>
        Assert.Contains(expected, ValueForms.Duration(text).Expected);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("512B", 512)]
    [InlineData("64KiB", 65_536)]
    [InlineData("10MB", 10_000_000)]
    [InlineData("1.5GiB", 1_610_612_736)]
    public void Reads_a_size_with_its_unit(string text, long bytes) => Assert.Equal(bytes, ValueForms.Size(text).Value);

    [Theory]
    [InlineData("64")]
    [InlineData("64kb")]
    [InlineData("-1KiB")]
    [InlineData("99999999999999999999TiB")]
    public void Refuses_a_size_of_another_form(string text) => Assert.False(ValueForms.Size(text).IsRight);

    [Theory]
    [InlineData("a;b", new[] { "a", "b" })]
    [InlineData(" a ; ;b;", new[] { "a", "b" })]
    [InlineData("a;1\nb\n", new[] { "a;1", "b" })]
    [InlineData("", new string[0])]
    public void Splits_a_list_at_newlines_if_there_is_one_else_at_semicolons(string text, string[] items) => Assert.Equal(items, ValueForms.List(text));

    [Fact]
    public void A_pattern_with_look_around_is_refused_because_its_cost_has_no_bound()
    {
        Assert.True(ValueForms.Pattern("^(a+)+$").IsRight);
        Assert.False(ValueForms.Pattern("(?=x)y").IsRight);
        Assert.False(ValueForms.Pattern("(").IsRight);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("250ms")]
    [InlineData("5s")]
    [InlineData("90s")]
    [InlineData("2m")]
    [InlineData("1d")]
    public void Shows_a_duration_as_a_user_would_write_it(string text) => Assert.Equal(text, ValueForms.Show(ValueForms.Duration(text).Value));
}
