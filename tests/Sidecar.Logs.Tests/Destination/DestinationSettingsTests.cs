using Sidecar.Logs.Destination;

namespace Sidecar.Logs.Tests.Destination;

public sealed class DestinationSettingsTests
{
    [Theory]
    [InlineData("LOGS_DESTINATION", "cloudwatch")]
    [InlineData("LOGS_DESTINATION", "stdout")]
    [InlineData("LOGS_DESTINATION", "file:/var/log/out.log")]
    [InlineData("LOGS_GROUP", "/aws/app_1.2#x")]
    [InlineData("LOGS_RETENTION_DAYS", "3653")]
    [InlineData("LOGS_CLASS", "infrequent-access")]
    [InlineData("LOGS_TAGS", "team=orders;env=a=b")]
    [InlineData("LOGS_TAGS", "team=orders\nnote=one two")]
    [InlineData("AWS_REGION", "us-gov-west-1")]
    [InlineData("AWS_ENDPOINT_URL", "http://localhost:4566")]
    [InlineData("LOGS_ROLE_ARN", "arn:aws:iam::123456789012:role/team/logs-writer")]
    [InlineData("LOGS_ROLE_ARN", "arn:aws-us-gov:iam::123456789012:role/logs")]
    [InlineData("LOGS_ROLE_EXTERNAL_ID", "a:b/c=7")]
    public void What_the_service_takes_is_taken(string variable, string text)
    {
        Assert.True(Setting(variable).Read(text).IsRight);
    }

    [Theory]
    [InlineData("LOGS_DESTINATION", "cloudwach", "cloudwatch, stdout or file:<path> is expected")]
    [InlineData("LOGS_DESTINATION", "file:out.log", "an absolute path")]
    [InlineData("LOGS_GROUP", "a:b", "letters, digits")]
    [InlineData("LOGS_GROUP", "aws/lambda", "must not start with aws/")]
    [InlineData("LOGS_RETENTION_DAYS", "10", "1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653")]
    [InlineData("LOGS_RETENTION_DAYS", "30d", "CloudWatch takes 1 3 5")]
    [InlineData("LOGS_TAGS", "team", "key=value")]
    [InlineData("LOGS_TAGS", "a=1;a=2", "stands twice")]
    [InlineData("LOGS_TAGS", "a=*", "key=value")]
    [InlineData("AWS_REGION", "eu-west-1/x", "AWS region")]
    [InlineData("AWS_REGION", "EU (Ireland)", "AWS region")]
    [InlineData("AWS_ENDPOINT_URL", "localhost:4566", "a URL with http or https")]
    [InlineData("AWS_ENDPOINT_URL", "https://user:secret@host", "without user")]
    [InlineData("LOGS_ROLE_ARN", "logs-writer", "the ARN of a role")]
    [InlineData("LOGS_ROLE_ARN", "arn:aws:iam::1234:role/logs", "the ARN of a role")]
    [InlineData("LOGS_ROLE_EXTERNAL_ID", "a b", "letters, digits")]
    [InlineData("LOGS_ROLE_SESSION_NAME", "a/b", "2 to 64 letters")]
    [InlineData("AWS_ENDPOINT_URL_STS", "sts", "a URL with http or https")]
    [InlineData("AWS_CA_BUNDLE", "/missing.pem", "readable file")]
    public void What_it_does_not_take_is_a_fault_that_says_why(string variable, string text, string expected)
    {
        var read = Setting(variable).Read(text);

        Assert.False(read.IsRight);
        Assert.Contains(expected, read.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void The_secrets_are_secret_and_nothing_else_is()
    {
        Assert.Equal(["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"], DestinationSettings.All.Where(s => s.IsSecret).Select(s => s.Variable));
    }

    private static Hosting.Settings.ISetting Setting(string variable) => DestinationSettings.All.Single(s => s.Variable == variable);
}
