using Sidecar.Logs.Destination;

namespace Sidecar.Logs.Tests.Destination;

public sealed class CloudWatchEndpointTests
{
    // What botocore 1.43 resolves for logs. The last two have no dual-stack endpoints there either.
    [Theory]
    [InlineData("us-east-1", false, false, "logs.us-east-1.amazonaws.com")]
    [InlineData("us-east-1", false, true, "logs.us-east-1.api.aws")]
    [InlineData("us-east-1", true, false, "logs-fips.us-east-1.amazonaws.com")]
    [InlineData("us-east-1", true, true, "logs-fips.us-east-1.api.aws")]
    [InlineData("eu-west-99", false, false, "logs.eu-west-99.amazonaws.com")]
    [InlineData("cn-northwest-1", false, false, "logs.cn-northwest-1.amazonaws.com.cn")]
    [InlineData("cn-northwest-1", false, true, "logs.cn-northwest-1.api.amazonwebservices.com.cn")]
    [InlineData("cn-northwest-1", true, false, "logs-fips.cn-northwest-1.amazonaws.com.cn")]
    [InlineData("us-gov-west-1", false, false, "logs.us-gov-west-1.amazonaws.com")]
    [InlineData("us-gov-west-1", true, false, "logs.us-gov-west-1.amazonaws.com")]
    [InlineData("us-gov-east-1", false, true, "logs.us-gov-east-1.api.aws")]
    [InlineData("us-gov-east-1", true, true, "logs-fips.us-gov-east-1.api.aws")]
    [InlineData("us-iso-east-1", false, false, "logs.us-iso-east-1.c2s.ic.gov")]
    [InlineData("us-iso-east-1", false, true, "logs.us-iso-east-1.api.aws.ic.gov")]
    [InlineData("us-isob-east-1", true, false, "logs-fips.us-isob-east-1.sc2s.sgov.gov")]
    [InlineData("us-isob-east-1", false, true, "logs.us-isob-east-1.api.aws.scloud")]
    [InlineData("eusc-de-east-1", false, false, "logs.eusc-de-east-1.amazonaws.eu")]
    [InlineData("eusc-de-east-1", false, true, "logs.eusc-de-east-1.api.amazonwebservices.eu")]
    [InlineData("eu-isoe-west-1", false, false, "logs.eu-isoe-west-1.cloud.adc-e.uk")]
    [InlineData("us-isof-south-1", false, true, "logs.us-isof-south-1.csp.hci.ic.gov")]
    public void A_region_has_the_endpoint_that_aws_gives_it(string region, bool fips, bool dualStack, string host)
    {
        Assert.Equal(new Uri($"https://{host}/"), CloudWatchEndpoint.For(region, fips, dualStack));
    }
}
