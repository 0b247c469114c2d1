using Sidecar.Ambassador.Tests.Redis;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests;

/// The recipes of docs/recipes.md as they stand there, with files that are there.
public sealed class RecipeTests : IDisposable
{
    private readonly Certificates _certificates = new();

    public static TheoryData<string> Titles => new(Recipes().Keys);

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [MemberData(nameof(Titles))]
    public void A_recipe_is_a_configuration_that_check_finds_nothing_wrong_with(string title)
    {
        string folder = Path.GetDirectoryName(_certificates.AuthorityFile)!;
        _certificates.Write("ca.crt", File.ReadAllText(_certificates.AuthorityFile));
        _certificates.Write("client", _certificates.Authority.Server);
        foreach (string file in (string[])["token", "monitor", "redis", "prices.json"])
            _certificates.Write(file, "content");
        _certificates.Write("green", "0");
        var environment = Recipes()[title]
            .Select(line => line.Replace("/secrets/", folder + "/", StringComparison.Ordinal).Replace("/config/", folder + "/", StringComparison.Ordinal).Split('=', 2))
            .Select(parts => (parts[0], parts[1]));

        var (settings, plan) = AmbassadorSettingsTests.Compose([.. environment]);

        Assert.Empty(settings.Faults);
        Assert.NotEmpty(plan.Lines);
    }

    [Fact]
    public void There_are_recipes_for_what_people_come_for()
    {
        string all = string.Join('\n', Recipes().SelectMany(recipe => recipe.Value));
        Assert.All((string[])["_DEADLINE", "_CANARY_WEIGHT=", "_CANARY_WEIGHT_FILE", "_STALE_IF_ERROR", "_CHECK=postgres", "_TLS_CERT_FILE"], setting => Assert.Contains(setting, all, StringComparison.Ordinal));
    }

    private static Dictionary<string, string[]> Recipes() => RecipePage.Read("docs/recipes.md");
}
