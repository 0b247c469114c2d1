using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>Reads who the ambassador is to the servers and the Sentinels of a Redis route, and how it knows that they are who they should be.</summary>
internal static class RedisAccess
{
    private static readonly ISetting[] TlsSettings =
    [
        AmbassadorSettings.TlsCaFile, AmbassadorSettings.TlsCertFile, AmbassadorSettings.TlsKeyFile, AmbassadorSettings.TlsServerName, AmbassadorSettings.TlsInsecure,
    ];

    private static readonly ISetting[] SentinelSettings =
        [AmbassadorSettings.SentinelUsername, AmbassadorSettings.SentinelPassword, AmbassadorSettings.SentinelTls];

    public static RedisRoute Read(BoundSettings settings, NamedThing thing, Route route)
    {
        var isToSentinels = thing.Get(AmbassadorSettings.SentinelTls) ?? route.Scheme.IsTls();
        if (!route.Scheme.IsSentinel())
        {
            isToSentinels = false;
            Refuse(settings, thing, SentinelSettings, "expected only beside redis+sentinel:// or rediss+sentinel://");
        }

        UpstreamTls? tls = null;
        if (route.Scheme.IsTls() || isToSentinels) tls = ReadTls(settings, thing);
        else Refuse(settings, thing, TlsSettings, $"expected only beside rediss://, rediss+sentinel:// or rediss+cluster:// ({thing.Variable} does not encrypt)");

        return RedisRoute.Of(route) with
        {
            Tls = route.Scheme.IsTls() ? tls : null,
            SentinelAccess = new ServerAccess(ReadSentinelCredentials(settings, thing), isToSentinels ? tls : null),
        };
    }

    private static RouteCredentials? ReadSentinelCredentials(BoundSettings settings, NamedThing thing)
    {
        var username = thing.Get(AmbassadorSettings.SentinelUsername);
        if (thing.Get(AmbassadorSettings.SentinelPassword) is { } password) return new RouteCredentials(username, () => password.Current);
        if (username != null) settings.Fault(thing.VariableOf(AmbassadorSettings.SentinelPassword), null, "expected beside a user name");
        return null;
    }

    private static UpstreamTls ReadTls(BoundSettings settings, NamedThing thing)
    {
        var authorities = ReadFile(thing, AmbassadorSettings.TlsCaFile);
        var certificate = ReadFile(thing, AmbassadorSettings.TlsCertFile);
        var key = ReadFile(thing, AmbassadorSettings.TlsKeyFile);
        if (authorities != null && UpstreamTls.ReadAuthorities(authorities.Current) == null)
            settings.Fault(thing.VariableOf(AmbassadorSettings.TlsCaFile), thing.Get(AmbassadorSettings.TlsCaFile), "a file with certificates in PEM form is expected");
        if (certificate == null != (key == null))
        {
            var missing = certificate == null ? AmbassadorSettings.TlsCertFile : AmbassadorSettings.TlsKeyFile;
            var given = certificate == null ? AmbassadorSettings.TlsKeyFile : AmbassadorSettings.TlsCertFile;
            settings.Fault(thing.VariableOf(missing), null, $"expected beside {thing.VariableOf(given)}", missing.Example);
        }
        else if (certificate != null && UpstreamTls.ReadIdentity(certificate.Current, key!.Current) == null)
        {
            settings.Fault(
                thing.VariableOf(AmbassadorSettings.TlsCertFile), thing.Get(AmbassadorSettings.TlsCertFile),
                $"a certificate in PEM form is expected, whose unencrypted key is in {thing.Get(AmbassadorSettings.TlsKeyFile)}");
        }

        var isInsecure = thing.Get(AmbassadorSettings.TlsInsecure);
        if (isInsecure) settings.Warn($"{thing.VariableOf(AmbassadorSettings.TlsInsecure)}=true: the upstream's certificate is not verified; anybody on the network can pretend to be it");
        return new UpstreamTls(authorities, certificate, key, thing.Get(AmbassadorSettings.TlsServerName), isInsecure);
    }

    // Followed as secrets are. A file that can't be read has its fault already.
    private static Secret? ReadFile(NamedThing thing, Setting<string?> setting)
    {
        if (thing.Get(setting) is not { } path) return null;
        var read = Secret.FromFile(path, TimeProvider.System);
        return read.IsRight ? read.Value : new Secret("");
    }

    private static void Refuse(BoundSettings settings, NamedThing thing, ISetting[] unfit, string expected)
    {
        foreach (var setting in unfit.Where(thing.IsSet)) settings.Fault(thing.VariableOf(setting), null, expected);
    }
}
