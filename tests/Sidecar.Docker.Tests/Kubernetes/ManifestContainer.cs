using System.Globalization;

namespace Sidecar.Docker.Tests.Kubernetes;

/// A container of a manifest, and what kubelet would make of it.
internal sealed record ManifestContainer(Yaml Spec, bool IsInit, Manifest Manifest)
{
    private static readonly string[] ProbeKinds = ["startupProbe", "livenessProbe", "readinessProbe"];

    public string Name => Spec["name"].Text;

    /// sidecar-logs and so on; null for an app.
    public string? Agent => Spec["image"].Text.Split('/')[^1].Split(':')[0] is var name && name.StartsWith("sidecar-", StringComparison.Ordinal) ? name : null;

    /// Its environment as kubelet would set it, with names of a pod that might be.
    public Dictionary<string, string> Environment
    {
        get
        {
            Dictionary<string, string> environment = new(StringComparer.Ordinal);
            foreach (var source in Spec["envFrom"].Items)
            {
                var map = Manifest.Documents.Single(document => document["kind"].ToString() == "ConfigMap" && document["metadata"]["name"].Text == source["configMapRef"]["name"].Text);
                foreach (var (name, value) in map["data"].Entries)
                    environment[name] = value.Text;
            }
            foreach (var variable in Spec["env"].Items)
                environment[variable["name"].Text] = variable["value"].IsThere ? variable["value"].Text : Field(variable["valueFrom"]["fieldRef"]["fieldPath"].Text);
            return environment;
        }
    }

    public IEnumerable<(string Name, int Number)> Ports => Spec["ports"].Items.Select(port => (port["name"].Text, int.Parse(port["containerPort"].Text, CultureInfo.InvariantCulture)));

    /// What kubelet asks by HTTP, and how often it may fail.
    public IEnumerable<ManifestProbe> Probes => ProbeKinds.Select(kind => (Kind: kind, Probe: Spec[kind])).Where(one => one.Probe.IsThere).Select(one => new ManifestProbe(
        one.Kind, one.Probe["httpGet"]["path"].Text, PortOf(one.Probe["httpGet"]["port"].Text), Number(one.Probe["periodSeconds"], 10), Number(one.Probe["failureThreshold"], 3)));

    private int PortOf(string port) =>
        int.TryParse(port, CultureInfo.InvariantCulture, out var number) ? number : Ports.Single(one => one.Name == port).Number;

    private static int Number(Yaml value, int unset) => value.IsThere ? int.Parse(value.Text, CultureInfo.InvariantCulture) : unset;

    private static string Field(string path) => path switch
    {
        "metadata.name" => "orders-7d4b9-x2x8k",
        "metadata.namespace" => "shop",
        "spec.nodeName" => "ip-10-0-1-17",
        _ => throw new InvalidDataException($"no such field in the downward API that we know: {path}"),
    };
}

/// A question of kubelet's.
internal sealed record ManifestProbe(string Kind, string Path, int Port, int PeriodSeconds, int FailureThreshold);
