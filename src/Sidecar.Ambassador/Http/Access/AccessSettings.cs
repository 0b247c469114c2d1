using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http.Access;

/// <summary>What the app may ask for on an HTTP route.</summary>
internal static class AccessSettings
{
    private const string Example = "GET /prices/**;POST /orders";

    public static readonly Setting<IReadOnlyList<RequestRule>> Allow = AmbassadorSettings.Route.Of<IReadOnlyList<RequestRule>>(
        "ALLOW", RequestRule.Form, "", "The only requests that go on; all others are answered 403. GET means HEAD too.",
        Read, Example, shared: false, AmbassadorSettings.Http);

    public static readonly Setting<IReadOnlyList<RequestRule>> Deny = AmbassadorSettings.Route.Of<IReadOnlyList<RequestRule>>(
        "DENY", RequestRule.Form, "", "Requests that are answered 403, also where _ALLOW has them.",
        Read, "* /admin/**;DELETE /**", shared: false, AmbassadorSettings.Http);

    public static IReadOnlyList<ISetting> All { get; } = [Allow, Deny];

    /// <summary>Null when everything goes on.</summary>
    public static AccessRules? RulesOf(NamedThing thing)
    {
        var (allowed, denied) = (thing.Get(Allow), thing.Get(Deny));
        return allowed.Count + denied.Count == 0 ? null : new AccessRules(allowed, denied);
    }

    private static Parsed<IReadOnlyList<RequestRule>> Read(string text)
    {
        var rules = new List<RequestRule>();
        foreach (var part in ValueForms.List(text))
        {
            if (RequestRule.Parse(part) is not { } rule) return Parsed.Wrong<IReadOnlyList<RequestRule>>($"{RequestRule.Form} ('{part}' is none) are expected");
            rules.Add(rule);
        }

        return Parsed.Right<IReadOnlyList<RequestRule>>(rules);
    }
}
