using System.Text.Json.Nodes;

namespace Sbom;

/// The packages of a program in the words of CycloneDX 1.6.
internal static class BillOfMaterials
{
    // No serial number and no time: two builds of the same sources have the same list.
    public static JsonObject Of(string agent, Assets assets) => new()
    {
        ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
        ["bomFormat"] = "CycloneDX",
        ["specVersion"] = "1.6",
        ["version"] = 1,
        ["metadata"] = new JsonObject
        {
            ["component"] = new JsonObject
            {
                ["type"] = "application",
                ["bom-ref"] = agent,
                ["name"] = agent,
                ["version"] = assets.Version,
                ["licenses"] = Licences(new Licence("Apache-2.0", null, "")),
            },
        },
        ["components"] = new JsonArray([.. assets.Packages.Select(Component)]),
        ["dependencies"] = new JsonArray([Needs(agent, assets.Packages), .. assets.Packages.Select(package => Needs(package.Url, Needed(package, assets)))]),
    };

    private static JsonObject Component(Package package) => new()
    {
        ["type"] = package.IsRuntime ? "framework" : "library",
        ["bom-ref"] = package.Url,
        ["name"] = package.Name,
        ["version"] = package.Version,
        ["purl"] = package.Url,
        ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(package.Sha512) }),
        ["licenses"] = Licences(package.Licence),
    };

    private static JsonArray Licences(Licence licence) => licence switch
    {
        { Expression: { } expression } => [new JsonObject { ["expression"] = expression }],
        { Text: { } text } => [new JsonObject { ["license"] = new JsonObject { ["name"] = text } }],
        _ => [],
    };

    private static IEnumerable<Package> Needed(Package package, Assets assets) =>
        assets.Packages.Where(other => package.Needs.Contains(other.Name, StringComparer.OrdinalIgnoreCase));

    private static JsonObject Needs(string who, IEnumerable<Package> needed) => new()
    {
        ["ref"] = who,
        ["dependsOn"] = new JsonArray([.. needed.Select(one => JsonValue.Create(one.Url))]),
    };
}
