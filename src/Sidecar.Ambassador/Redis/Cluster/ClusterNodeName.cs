using System.Globalization;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Cluster;

/// How CLUSTER SLOTS names a node: by what it announces, as the server's cluster-preferred-endpoint-type says.
internal static class ClusterNodeName
{
    /// Null for a node that nobody knows how to reach.
    public static HostPort? Read(RespValue node, HostPort asked)
    {
        if (node.Items is not [var host, { Text: { } portText }, ..] || !int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is <= 0 or > 65535)
            return null;
        // No host is the host that was asked. A hostname that was never set is "?", and the address stands beside it.
        if (string.IsNullOrEmpty(host.Text))
            return new HostPort(asked.Host, port);
        string? name = host.Text == "?" ? Beside(node, "ip") : host.Text;
        return string.IsNullOrEmpty(name) ? null : new HostPort(name, port);
    }

    private static string? Beside(RespValue node, string field)
    {
        if (node.Items is not [_, _, _, var fields, ..])
            return null;
        for (int i = 0; i + 1 < fields.Items.Count; i += 2)
        {
            if (fields.Items[i].Text == field)
                return fields.Items[i + 1].Text;
        }
        return null;
    }
}
