using System.Text.Json;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Ecs;

/// A task definition in docker/ecs.
internal sealed record TaskDefinition(JsonElement Root)
{
    public static readonly string Folder = Path.Combine(Artifacts.RepositoryRoot(), "docker", "ecs");

    public IEnumerable<JsonElement> Containers => Root.GetProperty("containerDefinitions").EnumerateArray();

    public IEnumerable<JsonElement> Sidecars => Containers.Where(container => container.GetProperty("name").GetString() != "app");

    public static TaskDefinition Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name)));
        return new TaskDefinition(document.RootElement.Clone());
    }

    public static string AgentOf(JsonElement container) => container.GetProperty("image").GetString()!.Split('/')[^1].Split(':')[0];

    /// Its environment as ECS would set it; secrets are just some.
    public static Dictionary<string, string> EnvironmentOf(JsonElement container)
    {
        var environment = container.GetProperty("environment").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!, one => one.GetProperty("value").GetString()!, StringComparer.Ordinal);
        if (container.TryGetProperty("secrets", out var secrets))
        {
            foreach (var secret in secrets.EnumerateArray())
                environment[secret.GetProperty("name").GetString()!] = "s3cret";
        }
        environment["ECS_CONTAINER_METADATA_URI_V4"] = "http://169.254.170.2/v4/0f6a";
        return environment;
    }

    public JsonElement Container(string name) => Containers.Single(container => container.GetProperty("name").GetString() == name);
}
