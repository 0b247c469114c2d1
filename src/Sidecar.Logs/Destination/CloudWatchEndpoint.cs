using Amazon;

namespace Sidecar.Logs.Destination;

/// Where CloudWatch Logs listens for a region. The SDK's core knows each partition's DNS suffix, but no service's rules.
internal static class CloudWatchEndpoint
{
    public static Uri For(string region, bool fips, bool dualStack)
    {
        var partition = RegionEndpoint.GetBySystemName(region);

        // GovCloud's ordinary endpoint is the FIPS one; only its dual-stack endpoint has a name of its own.
        var service = fips && (dualStack || partition.PartitionName != "aws-us-gov") ? "logs-fips" : "logs";
        var suffix = dualStack ? DualStackSuffix(partition) : partition.PartitionDnsSuffix;
        return new Uri($"https://{service}.{region}.{suffix}");
    }

    // A partition without dual-stack endpoints keeps its ordinary name: a service that answers on IPv4 beats a name that does not exist.
    private static string DualStackSuffix(RegionEndpoint partition) => partition.PartitionName switch
    {
        "aws" or "aws-us-gov" => "api.aws",
        "aws-cn" => "api.amazonwebservices.com.cn",
        "aws-iso" => "api.aws.ic.gov",
        "aws-iso-b" => "api.aws.scloud",
        "aws-eusc" => "api.amazonwebservices.eu",
        _ => partition.PartitionDnsSuffix,
    };
}
