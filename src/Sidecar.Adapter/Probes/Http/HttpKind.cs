using System.Net;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Http;

/// Reads a probe that asks a URL, on a port or over a unix socket.
internal static class HttpKind
{
    public static ProbeTarget? Read(NamedThing thing, BoundSettings settings) =>
        TargetForms.TryReadUrl(thing, settings, "http://host:port/path", out var url)
            ? Read(thing, settings, url, null, NetworkTarget.Of(url).IsInPod && !SidecarKind.IsSidecar(url))
            : null;

    /// HTTP over a unix socket.
    public static ProbeTarget? Read(NamedThing thing, BoundSettings settings, string path, EndPoint socket)
    {
        if (Uri.TryCreate($"http://localhost{path}", UriKind.Absolute, out var url) && path.StartsWith('/'))
            return Read(thing, settings, url, socket, isCuredByRestart: true);

        settings.Fault(thing.VariableOf(HttpSettings.HttpPath), path, "an absolute path is expected", "/health");
        return null;
    }

    private static ProbeTarget? Read(NamedThing thing, BoundSettings settings, Uri url, EndPoint? socket, bool isCuredByRestart)
    {
        if (thing.Get(HttpSettings.Headers) is { } headers && HttpQuestion.HeaderTrouble(headers.Current) is { } wrong)
            settings.Fault(thing.VariableOf(HttpSettings.Headers), Secret.Mask, wrong, "X-Probe: sidecar");
        if (thing.IsSet(HttpSettings.Basic) && thing.IsSet(HttpSettings.Bearer))
            settings.Fault(thing.VariableOf(HttpSettings.Bearer), Secret.Mask, $"either this or {thing.VariableOf(HttpSettings.Basic)} is expected, not both");
        if (thing.Get(HttpSettings.Bearer) is { } bearer && !bearer.Current.All(letter => letter is >= ' ' and <= '~'))
            settings.Fault(thing.VariableOf(HttpSettings.Bearer), Secret.Mask, "a token of printable ASCII is expected: a header carries nothing else");
        if (TlsTrust.Read(thing, settings) is not { } trust)
            return null;

        var question = new HttpQuestion(url)
        {
            Method = new HttpMethod(thing.Get(HttpSettings.Method)!),
            Socket = socket,
            Headers = thing.Get(HttpSettings.Headers),
            Basic = thing.Get(HttpSettings.Basic),
            Bearer = thing.Get(HttpSettings.Bearer),
            KeepsConnection = thing.Get(HttpSettings.KeepAlive),
        };
        var expected = new HttpExpectation(thing.Get(HttpSettings.Status), ContentRules.Of(thing), thing.Get(HttpSettings.Preset));
        var shown = socket is null ? thing.Shown : $"{url.PathAndQuery} at {thing.Shown}";
        return new ProbeTarget($"{question.Method} {shown}", expected.ToString(), isCuredByRestart, time => new HttpProbe(question, expected, trust, time));
    }
}
