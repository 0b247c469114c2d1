using Sidecar.Adapter.Probes.Commands;
using Sidecar.Adapter.Probes.Files;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Adapter.Probes.Processes;
using Sidecar.Adapter.Probes.Push;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes;

/// The kinds of probe there are, by the scheme of their URL. A new kind is one entry here.
internal static class ProbeKinds
{
    public const string Http = "http";
    public const string Https = "https";
    public const string File = "file";
    public const string Process = "process";
    public const string PidFile = "pidfile";
    public const string Tcp = "tcp";
    public const string Tls = "tls";
    public const string Unix = "unix";
    public const string Grpc = "grpc";
    public const string Grpcs = "grpcs";
    public const string Redis = "redis";
    public const string Dns = "dns";
    public const string Exec = "exec";
    public const string Push = "push";
    public const string Sidecar = "sidecar";

    private static readonly ProbeKind[] All =
    [
        new(Http, "http://localhost:8080/health", HttpKind.Read),
        new(Https, "https://localhost:8443/health", HttpKind.Read),
        new(File, "file:/var/run/app/heartbeat", FileKind.Read),
        new(Process, "process:orders", ProcessKind.Read),
        new(PidFile, "pidfile:/var/run/app.pid", ProcessKind.ReadPidFile),
        new(Tcp, "tcp://localhost:5432", NetworkKinds.ReadTcp),
        new(Tls, "tls://localhost:8443", NetworkKinds.ReadTls),
        new("port", "port:8080", NetworkKinds.ReadPort),
        new(Unix, "unix:/var/run/app/app.sock", NetworkKinds.ReadUnix),
        new(Grpc, "grpc://localhost:50051", NetworkKinds.ReadGrpc),
        new(Grpcs, "grpcs://localhost:50051", NetworkKinds.ReadGrpc),
        new(Redis, "redis://localhost:6379", NetworkKinds.ReadRedis),
        new(Dns, "dns:orders.internal", NetworkKinds.ReadDns),
        new(Exec, "exec:/usr/local/bin/check --fast", ExecKind.Read),
        new(Push, "push:", PushKind.Read),
        new(Sidecar, "sidecar:ambassador", SidecarKind.Read),
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

    /// How a value of this kind looks.
    public static string ExampleOf(string value) => All.First(kind => kind.Scheme == SchemeOf(value)).Example;

    /// A value as it may be shown: without what stands before its last @.
    public static string Mask(string value)
    {
        var at = value.LastIndexOf('@');
        if (at < 0)
            return value;

        var slashes = value.IndexOf("://", StringComparison.Ordinal);
        return $"{(slashes >= 0 && slashes < at ? value[..(slashes + 3)] : "")}***{value[at..]}";
    }
}
