using Sidecar.Logs.Destination;

namespace Sidecar.Logs.Tests.Destination;

public sealed class MissingCredentialsTests
{
    // As AWSSDK.Core 4 has it.
    private const string Chain =
        "Failed to resolve AWS credentials. The credential providers used to search for credentials returned the following errors:\n\n"
        + "Exception 1 of 4: The environment variables AWS_ACCESS_KEY_ID/AWS_SECRET_ACCESS_KEY/AWS_SESSION_TOKEN were not set with AWS credentials.\n"
        + "Exception 2 of 4: The webIdentityTokenFile must be an absolute path. Arg_ParamName_Name, webIdentityTokenFile\n"
        + "Exception 3 of 4: {0}\n"
        + "Exception 4 of 4: Failed to connect to EC2 instance metadata to retrieve credentials: Unable to get IAM security credentials from EC2 Instance Metadata Service..\n";

    [Theory]
    [InlineData("Unable to find the \"default\" profile.", "nor the instance's metadata has any")]
    [InlineData("The credential_process of profile late ended with 1.", "nor the instance's metadata has any; The credential_process of profile late ended with 1")]
    public void What_nobody_has_set_up_is_one_line_and_what_somebody_has_is_told_besides(string third, string end)
    {
        var reason = MissingCredentials.Reason(new InvalidOperationException(Chain.Replace("{0}", third, StringComparison.Ordinal)));

        Assert.StartsWith("neither AWS_ACCESS_KEY_ID, nor a web identity", reason);
        Assert.EndsWith(end, reason);
    }

    [Fact]
    public void What_is_no_chain_is_told_as_it_is() =>
        Assert.Equal("no answer  of the endpoint", MissingCredentials.Reason(new HttpRequestException("no answer \nof the endpoint")));
}
