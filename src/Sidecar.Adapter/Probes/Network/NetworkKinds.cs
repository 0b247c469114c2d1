using System.Net.Sockets;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Network;

/// Reads the probes that open a connection, or look whether one could be opened.
internal static class NetworkKinds
{
    private const int MaxSocketPathBytes = 107;
    private const int MaxServiceBytes = 100;

    public static ProbeTarget? ReadTcp(NamedThing thing, BoundSettings settings)
    {
        if (!TargetForms.TryReadUrl(thing, settings, "tcp://host:port", out var url))
            return null;

        var (target, talk) = (NetworkTarget.Of(url), Conversation.Of(thing));
        return new ProbeTarget(thing.Shown, $"{talk}", target.IsInPod, time => new TcpProbe(target, talk, null, time));
    }

    public static ProbeTarget? ReadTls(NamedThing thing, BoundSettings settings)
    {
        if (!TargetForms.TryReadUrl(thing, settings, "tls://host:port", out var url, defaultPort: 443) || TlsTrust.Read(thing, settings) is not { } trust)
            return null;

        var (target, talk) = (NetworkTarget.Of(url), Conversation.Of(thing));
        return new ProbeTarget(thing.Shown, $"{talk} with TLS", target.IsInPod, time => new TcpProbe(target, talk, trust, time));
    }

    public static ProbeTarget? ReadUnix(NamedThing thing, BoundSettings settings)
    {
        if (!TargetForms.TryReadPath(thing, settings, "unix:/path", MaxSocketPathBytes, out var path))
            return null;

        var socket = new UnixDomainSocketEndPoint(path);
        if (thing.Get(HttpSettings.HttpPath) is { } httpPath)
            return HttpKind.Read(thing, settings, httpPath, socket);

        if (HttpSettings.All.Concat(ContentSettings.All).FirstOrDefault(thing.IsSet) is { } idle)
            settings.Fault(thing.VariableOf(idle), null, $"{thing.VariableOf(HttpSettings.HttpPath)} is expected beside it: without it nothing is asked by HTTP");
        var talk = Conversation.Of(thing);
        return new ProbeTarget(thing.Shown, $"{talk}", IsCuredByRestart: true, time => new TcpProbe(socket, talk, time));
    }

    public static ProbeTarget? ReadRedis(NamedThing thing, BoundSettings settings)
    {
        if (!TargetForms.TryReadUrl(thing, settings, "redis://host:port", out var url, defaultPort: 6379))
            return null;

        var target = NetworkTarget.Of(url);
        var (user, password) = (thing.Get(NetworkSettings.Username), thing.Get(NetworkSettings.Password));
        if (user is not null && password is null)
            settings.Fault(thing.VariableOf(NetworkSettings.Username), user, $"a password is expected beside it: {thing.VariableOf(NetworkSettings.Password)} or its _FILE");
        return new ProbeTarget(thing.Shown, "PONG to PING", target.IsInPod, _ => new RedisProbe(target, user, password));
    }

    public static ProbeTarget? ReadPort(NamedThing thing, BoundSettings settings)
    {
        if (NumberRanges.Read(thing.Value["port:".Length..], least: 1, most: 65535) is { IsRight: true, Value: { Single: { } port } })
            return new ProbeTarget(thing.Shown, "a listener", IsCuredByRestart: true, _ => new PortProbe(port, new ListeningPorts()));

        settings.Fault(thing.Variable, thing.Shown, "a port from 1 to 65535 is expected", "port:8080");
        return null;
    }

    public static ProbeTarget? ReadGrpc(NamedThing thing, BoundSettings settings)
    {
        var isSecure = ProbeKinds.SchemeOf(thing.Value) == ProbeKinds.Grpcs;
        if (!TargetForms.TryReadUrl(thing, settings, $"{ProbeKinds.SchemeOf(thing.Value)}://host:port/service", out var url))
            return null;

        var trust = isSecure ? TlsTrust.Read(thing, settings) : null;
        var service = Uri.UnescapeDataString(url.AbsolutePath.Trim('/'));
        if (System.Text.Encoding.UTF8.GetByteCount(service) > MaxServiceBytes)
            settings.Fault(thing.Variable, thing.Shown, $"the name of a service of at most {MaxServiceBytes} bytes is expected");

        var target = NetworkTarget.Of(url);
        return isSecure && trust is null ? null
            : new ProbeTarget(thing.Shown, "SERVING", target.IsInPod, time => new GrpcProbe(target, service, trust, time));
    }

    public static ProbeTarget? ReadDns(NamedThing thing, BoundSettings settings)
    {
        var name = thing.Value[(ProbeKinds.Dns.Length + 1)..].TrimStart('/');
        if (Uri.CheckHostName(name) == UriHostNameType.Dns)
        {
            var count = thing.Get(Processes.ProcessSettings.Count);
            return new ProbeTarget(thing.Shown, $"addresses: {count}", IsCuredByRestart: false, _ => new DnsProbe(name, count));
        }

        settings.Fault(thing.Variable, thing.Shown, "a host name is expected", "dns:orders.internal");
        return null;
    }
}
