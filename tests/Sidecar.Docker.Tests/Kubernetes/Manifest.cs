using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Kubernetes;

/// The pods of a manifest in docker/kubernetes.
internal sealed record Manifest(IReadOnlyList<Yaml> Documents)
{
    public static readonly string Folder = Path.Combine(Artifacts.RepositoryRoot(), "docker", "kubernetes");

    /// Those that hold pods, by their file's name.
    public static TheoryData<string> All => [.. Directory.GetFiles(Folder, "*.yaml").Where(file => Of(File.ReadAllText(file)).Containers.Any()).Select(file => Path.GetFileName(file))];

    public IEnumerable<Yaml> Pods => Documents.Select(Pod).Where(pod => pod.IsThere);

    public IEnumerable<ManifestContainer> Containers => Pods.SelectMany(pod =>
        pod["initContainers"].Items.Select(one => new ManifestContainer(one, IsInit: true, this)).Concat(pod["containers"].Items.Select(one => new ManifestContainer(one, IsInit: false, this))));

    public IEnumerable<ManifestContainer> Sidecars => Containers.Where(container => container.Agent is not null);

    public static Manifest Read(string name) => Of(File.ReadAllText(Path.Combine(Folder, name)));

    public static Manifest Of(string text) => new(Yaml.Documents(text));

    private static Yaml Pod(Yaml document) => document["kind"].ToString() switch
    {
        "Pod" => document["spec"],
        "Deployment" or "Job" => document["spec"]["template"]["spec"],
        _ => default,
    };
}
