using System.Net.Sockets;
using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes;

/// The kinds of probe there are, by the scheme of their URL. A new kind is one entry here.
internal static class ProbeKinds
{
    public const string Http = "http";
    public const string Https = "https";
    public const string File = "file";
    public const string Process = "process";

    private const int MaxSocketPathBytes = 107;

    private static readonly ProbeKind[] All =
    [
        new(Http, "http://localhost:8080/health", ReadHttp),
        new(Https, "https://localhost:8443/health", ReadHttp),
        new(File, "file:/var/run/app/heartbeat", ReadFile),
        new(Process, "process:orders", ReadProcess),
        new("tcp", "tcp://localhost:5432", ReadTcp),
        new("port", "port:8080", ReadPort),
        new("unix", "unix:/var/run/app/app.sock", ReadUnix),
        new("redis", "redis://localhost:6379", ReadRedis),
    ];

    public static string Supported => string.Join(", ", All.Select(kind => kind.Scheme));

    /// Reads what a probe asks. Null when that is a fault, which is then said.
    public static ProbeTarget? Read(NamedThing thing, BoundSettings settings)
    {
        var scheme = SchemeOf(thing.Value);
        if (All.FirstOrDefault(kind => kind.Scheme == scheme) is { } kind)
            return kind.Read(thing, settings);

        // localhost:8080 is no probe of the kind 'localhost' but a URL without its scheme.
        var isHostAndPort = scheme.Length + 1 < thing.Value.Length && char.IsAsciiDigit(thing.Value[scheme.Length + 1]);
        var expected = scheme.Length == 0 || isHostAndPort ? "a URL is expected, of one of the kinds" : $"probes of the kind '{scheme}' are not supported; supported are";
        settings.Fault(thing.Variable, thing.Shown, $"{expected} {Supported}", All[0].Example);
        return null;
    }

    /// The scheme in lower case; empty for a value that has none.
    public static string SchemeOf(string value)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && value.AsSpan(0, colon).IndexOfAnyExceptInRange('A', 'z') < 0 ? value[..colon].ToLowerInvariant() : "";
    }

    /// A value as it may be shown: without what stands before its last @.
    public static string Mask(string value)
    {
        var at = value.LastIndexOf('@');
        if (at < 0)
            return value;

        var slashes = value.IndexOf("://", StringComparison.Ordinal);
        return $"{(slashes >= 0 && slashes < at ? value[..(slashes + 3)] : "")}***{value[at..]}";
    }

    private static ProbeTarget? ReadHttp(NamedThing thing, BoundSettings settings)
    {
        if (!TryReadUrl(thing, settings, "http://host:port/path", out var url))
            return null;

        var trust = TlsTrust.SystemRoots;
        if (thing.Get(AdapterSettings.TlsCaFile) is { } file && !TryReadRoots(thing, file, settings, ref trust))
            return null;

        var expected = new HttpExpectation(thing.Get(AdapterSettings.Status), thing.Get(AdapterSettings.Body));
        return new ProbeTarget($"GET {thing.Shown}", expected.ToString(), NetworkTarget.Of(url).IsLoopback, _ => new HttpProbe(url, expected, trust));
    }

    private static ProbeTarget? ReadFile(NamedThing thing, BoundSettings settings)
    {
        if (!TryReadPath(thing, settings, "file:/path", int.MaxValue, out var path))
            return null;

        var maxAge = thing.Get(AdapterSettings.MaxAge);
        var skew = thing.Get(AdapterSettings.ClockSkew);
        var condition = maxAge is { } age ? $"written within {ValueForms.Show(age)}" : "present";
        return new ProbeTarget(thing.Shown, condition, IsInPod: true, time => new FileProbe(path, maxAge, skew, time))
        {
            Lag = maxAge ?? TimeSpan.Zero,
        };
    }

    private static ProbeTarget? ReadProcess(NamedThing thing, BoundSettings settings)
    {
        var name = thing.Value[(Process.Length + 1)..];
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal))
        {
            settings.Fault(thing.Variable, thing.Shown, "the name of a process is expected, without its folder", "process:orders");
            return null;
        }

        var count = thing.Get(AdapterSettings.Count);
        return new ProbeTarget(thing.Shown, $"{count} running", IsInPod: true, _ => new ProcessProbe(name, count, new ProcessTable()));
    }

    private static ProbeTarget? ReadTcp(NamedThing thing, BoundSettings settings)
    {
        if (!TryReadUrl(thing, settings, "tcp://host:port", out var url))
            return null;

        var target = NetworkTarget.Of(url);
        return new ProbeTarget(thing.Shown, "a connection", target.IsLoopback, _ => new TcpProbe(target));
    }

    private static ProbeTarget? ReadRedis(NamedThing thing, BoundSettings settings)
    {
        if (!TryReadUrl(thing, settings, "redis://host:port", out var url, defaultPort: 6379))
            return null;

        var target = NetworkTarget.Of(url);
        return new ProbeTarget(thing.Shown, "PONG to PING", target.IsLoopback, _ => new RedisProbe(target));
    }

    private static ProbeTarget? ReadPort(NamedThing thing, BoundSettings settings)
    {
        if (NumberRanges.Read(thing.Value["port:".Length..], least: 1, most: 65535) is { IsRight: true, Value: { Single: { } port } })
            return new ProbeTarget(thing.Shown, "a listener", IsInPod: true, _ => new PortProbe(port, new ListeningPorts()));

        settings.Fault(thing.Variable, thing.Shown, "a port from 1 to 65535 is expected", "port:8080");
        return null;
    }

    private static ProbeTarget? ReadUnix(NamedThing thing, BoundSettings settings) =>
        TryReadPath(thing, settings, "unix:/path", MaxSocketPathBytes, out var path)
            ? new ProbeTarget(thing.Shown, "a connection", IsInPod: true, _ => new TcpProbe(new UnixDomainSocketEndPoint(path)))
            : null;

    private static bool TryReadUrl(NamedThing thing, BoundSettings settings, string form, out Uri url, int? defaultPort = null)
    {
        var trouble = !Uri.TryCreate(thing.Value, UriKind.Absolute, out url!) || url.Host.Length == 0 ? $"a URL of the form {form} is expected"
            : url.UserInfo.Length > 0 ? "a URL without user and password is expected: they are not supported here"
            : url.IsDefaultPort && url.Port <= 0 && defaultPort is null ? $"a port is expected: {form}"
            : url.Port == 0 ? "a port from 1 to 65535 is expected"
            : null;
        if (trouble is not null)
        {
            settings.Fault(thing.Variable, thing.Shown, trouble, All.First(kind => kind.Scheme == SchemeOf(thing.Value)).Example);
            return false;
        }

        if (url.Port < 0)
            url = new UriBuilder(url) { Port = defaultPort!.Value }.Uri;
        return true;
    }

    // file:/path, and file:///path as browsers write it.
    private static bool TryReadPath(NamedThing thing, BoundSettings settings, string form, int maxBytes, out string path)
    {
        path = thing.Value[(thing.Value.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (path.StartsWith("///", StringComparison.Ordinal))
            path = path[2..];

        var trouble = path.Length < 2 || path[0] != '/' || path[1] == '/' || path.Contains('\0', StringComparison.Ordinal) ? $"an absolute path is expected: {form}"
            : System.Text.Encoding.UTF8.GetByteCount(path) > maxBytes ? $"a path of at most {maxBytes} bytes is expected"
            : null;
        if (trouble is not null)
            settings.Fault(thing.Variable, thing.Shown, trouble, form);
        return trouble is null;
    }

    private static bool TryReadRoots(NamedThing thing, string file, BoundSettings settings, ref TlsTrust trust)
    {
        var roots = TlsTrust.FromFile(file);
        if (roots is null)
            settings.Fault(thing.VariableOf(AdapterSettings.TlsCaFile), file, "a file with at least one certificate in PEM form is expected");
        else
            trust = roots;
        return roots is not null;
    }
}
