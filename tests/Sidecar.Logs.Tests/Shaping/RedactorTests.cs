using System.Text;
using Sidecar.Logs.Events;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs.Tests.Shaping;

public sealed class RedactorTests
{
    [Theory]
    [InlineData("mail joe.doe+x@example.co.uk now", "mail *** now")]
    [InlineData("<jürgen@example.com>, (a@b.de)", "<***>, (***)")]
    [InlineData("/users?mail=joe%40example.com&x=1", "/users?mail=***&x=1")]
    [InlineData("to=joe@example.com.", "to=***.")]
    [InlineData("redis://user:secret@cache.example.com:6379", "redis://user:***:6379")]
    [InlineData("@ a@b user@localhost @decorator x@1.2.3.4 100%40", "@ a@b user@localhost @decorator x@1.2.3.4 100%40")]
    public void E_mail_addresses_are_taken_out(string message, string expected) => Assert.Equal(expected, Redact(message, SecretKind.Email));

    [Theory]
    [InlineData("card 4111111111111111 ok", "card *** ok")]
    [InlineData("4111 1111 1111 1111 5500-0000-0000-0004", "*** ***")]
    [InlineData("amex 3782 822463 10005, \"pan\":\"378282246310005\"", "amex ***, \"pan\":\"***\"")]
    [InlineData("2026-01-02 4111 1111 1111 1111 12", "2026-01-02 *** 12")]
    [InlineData("4111111111111112", "4111111111111112")]
    [InlineData("1767323045678 0.4111111111111111 41111111111111110000", "1767323045678 0.4111111111111111 41111111111111110000")]
    [InlineData("2026-01-02 03:04:05,678 took 4111 ms", "2026-01-02 03:04:05,678 took 4111 ms")]
    public void Card_numbers_with_a_right_check_digit_are_taken_out(string message, string expected) =>
        Assert.Equal(expected, Redact(message, SecretKind.Card));

    [Theory]
    [InlineData("key AKIAIOSFODNN7EXAMPLE, ASIAIOSFODNN7EXAMPLE", "key ***, ***")]
    [InlineData("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = ***")]
    [InlineData("{\"SecretAccessKey\":\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"}", "{\"SecretAccessKey\":\"***\"}")]
    [InlineData("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=*** ***")]
    [InlineData("sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709 AKIASHORT XAKIAIOSFODNN7EXAMPLE", "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709 AKIASHORT XAKIAIOSFODNN7EXAMPLE")]
    public void Keys_of_AWS_are_taken_out(string message, string expected) => Assert.Equal(expected, Redact(message, SecretKind.AwsKey));

    [Theory]
    [InlineData("Authorization: Bearer abcDEF123456.x_y-z==, next", "Authorization: Bearer ***, next")]
    [InlineData("authorization: bearer eyJhbGciOi.eyJzdWIiOiIx.c2ln", "authorization: bearer ***")]
    [InlineData("token=eyJhbGciOi.eyJzdWIiOiIx.c2ln;", "token=***;")]
    [InlineData("the bearer of this, Bearer short", "the bearer of this, Bearer short")]
    public void Bearer_and_web_tokens_are_taken_out(string message, string expected) => Assert.Equal(expected, Redact(message, SecretKind.Bearer));

    [Theory]
    [InlineData("secret-\\d+", "a secret-12 b secret-3€", "a *** b ***€")]
    [InlineData("password=(\\S+)", "€ password=abc user=x password=ü", "€ password=*** user=x password=**")]
    [InlineData("x", "axb", "a*b")]
    [InlineData("", "same", "same")]
    [InlineData(".", "a\U0001F600b", "*****")]
    public void What_a_pattern_or_its_groups_match_is_taken_out(string pattern, string message, string expected)
    {
        var redactor = new Redactor([], [UserPattern.ReadLinear(pattern).Value!], new Lazy<CharText>());
        var counts = default(ShapingCounts);

        var redacted = Encoding.UTF8.GetString(redactor.Redact(Encoding.UTF8.GetBytes(message), new MessageRoom(), ref counts).Span);

        if (pattern == ".")
            Assert.DoesNotContain('\uFFFD', redacted);
        else
            Assert.Equal(expected, redacted);
    }

    [Fact]
    public void Secrets_that_overlap_are_taken_out_together_and_each_kind_is_counted()
    {
        var redactor = new Redactor([SecretKind.Email, SecretKind.Bearer], [UserPattern.ReadLinear("Bearer \\S+").Value!], new Lazy<CharText>());
        var counts = default(ShapingCounts);

        var redacted = redactor.Redact("a@b.de Bearer joseph.doe@example.com x"u8.ToArray(), new MessageRoom(), ref counts);

        Assert.Equal("*** *** x", Encoding.UTF8.GetString(redacted.Span));
        Assert.Equal((2, 1, 1), (counts.Emails, counts.Bearers, counts.Patterns));
    }

    [Fact]
    public void A_message_without_secrets_is_the_same_bytes()
    {
        ReadOnlyMemory<byte> message = "2026-01-02 03:04:05 nothing to see"u8.ToArray();
        var counts = default(ShapingCounts);

        var redacted = All().Redact(message, new MessageRoom(), ref counts);

        Assert.True(message.Span == redacted.Span);
    }

    [Fact]
    public void No_message_makes_it_throw_grow_or_break_a_character()
    {
        var redactor = All();
        var room = new MessageRoom();
        foreach (var line in Fuzz.Lines())
        {
            var message = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(line));
            var counts = default(ShapingCounts);
            var redacted = redactor.Redact(message, room, ref counts).Span;

            Assert.InRange(redacted.Length, message.Length == 0 ? 0 : 1, Math.Max(1, message.Length));
            Assert.True(System.Text.Unicode.Utf8.IsValid(redacted));
            room.Take();
        }
    }

    [Theory]
    [InlineData("eyJ")]
    [InlineData("%40")]
    [InlineData("@")]
    [InlineData("earer ")]
    [InlineData("secret=")]
    [InlineData("AKIA")]
    [InlineData("4111 ")]
    [InlineData("a@b.de ")]
    public void A_message_full_of_what_begins_a_secret_takes_no_longer_than_others(string piece)
    {
        var message = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, 4_000_000 / piece.Length)));
        var counts = default(ShapingCounts);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        Presets().Redact(message, new MessageRoom(), ref counts);

        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    private static Redactor Presets() => new([.. Enum.GetValues<SecretKind>()], [], new Lazy<CharText>());

    private static Redactor All() => new(
        [.. Enum.GetValues<SecretKind>()],
        [UserPattern.ReadLinear("pass(?:word)?=(\\S+)").Value!, UserPattern.ReadLinear("\\d{5}").Value!],
        new Lazy<CharText>());

    private static string Redact(string message, SecretKind kind)
    {
        var counts = default(ShapingCounts);
        return Encoding.UTF8.GetString(
            new Redactor([kind], [], new Lazy<CharText>()).Redact(Encoding.UTF8.GetBytes(message), new MessageRoom(), ref counts).Span);
    }
}
