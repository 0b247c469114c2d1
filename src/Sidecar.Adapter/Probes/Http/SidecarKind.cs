using System.Globalization;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Http;

/// Reads a probe that asks another sidecar of the pod whether it is ready, and takes its words for the reason.
internal static class SidecarKind
{
    private const string Form = "sidecar:ambassador, sidecar:logs or sidecar:<port of its admin pages>";

    private static readonly string[] Siblings = ["ambassador", "logs"];

    public static ProbeTarget? Read(NamedThing thing, BoundSettings settings)
    {
        var whom = thing.Value[(ProbeKinds.Sidecar.Length + 1)..];
        var port = Siblings.Contains(whom, StringComparer.OrdinalIgnoreCase)
            ? SharedSettings.DefaultAdminPort(whom.ToLowerInvariant())
            : int.TryParse(whom, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= ushort.MaxValue ? number : 0;
        if (port == 0 || port == SharedSettings.AdminPort(settings))
        {
            settings.Fault(thing.Variable, thing.Shown, port == 0 ? $"{Form} is expected" : $"{Form} is expected: this is the adapter itself", "sidecar:ambassador");
            return null;
        }

        var question = new HttpQuestion(new Uri($"http://localhost:{port}/readyz")) { BeginsTrace = false };
        var expected = new HttpExpectation(NumberRanges.Read("200", least: 100, most: 599).Value, ContentRules.None, Dialect.Sidecar);
        var trust = new TlsTrust();
        return new ProbeTarget(thing.Shown, $"ready, by {question.Url}", IsCuredByRestart: false, time => new HttpProbe(question, expected, trust, time));
    }

    /// Whether a URL in the pod is that of another sidecar, where it listens unless it is told otherwise.
    public static bool IsSidecar(Uri url) => Siblings.Any(name => url.Port == SharedSettings.DefaultAdminPort(name));
}
