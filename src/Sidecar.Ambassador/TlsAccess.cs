using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>Reads how a route knows that its upstream is who it should be, and what it shows for itself.</summary>
internal static class TlsAccess
{
    // The version may be given for all routes at once, those that do not encrypt too.
    private static readonly ISetting[] OwnSettings =
    [
        AmbassadorSettings.TlsCaFile, AmbassadorSettings.TlsCertFile, AmbassadorSettings.TlsKeyFile, AmbassadorSettings.TlsServerName, AmbassadorSettings.TlsInsecure,
    ];

    public static UpstreamTls Read(BoundSettings settings, NamedThing thing)
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
        else if (certificate != null)
        {
            Judge(settings, thing, certificate, key!);
        }

        var isInsecure = thing.Get(AmbassadorSettings.TlsInsecure);
        if (isInsecure) settings.Warn($"{thing.VariableOf(AmbassadorSettings.TlsInsecure)}=true: the upstream's certificate is not verified; anybody on the network can pretend to be it");
        return new UpstreamTls(authorities, certificate, key, thing.Get(AmbassadorSettings.TlsServerName), isInsecure, thing.Get(AmbassadorSettings.TlsMinVersion));
    }

    /// <summary>Says that a route that does not encrypt has settings for it.</summary>
    public static void Refuse(BoundSettings settings, NamedThing thing, string schemes)
    {
        foreach (var setting in OwnSettings.Where(thing.IsSet))
            settings.Fault(thing.VariableOf(setting), null, $"expected only beside {schemes} ({thing.Variable} does not encrypt)");
    }

    private static void Judge(BoundSettings settings, NamedThing thing, Secret certificate, Secret key)
    {
        var variable = thing.VariableOf(AmbassadorSettings.TlsCertFile);
        var file = thing.Get(AmbassadorSettings.TlsCertFile);
        if (UpstreamTls.ReadIdentity(certificate.Current, key.Current) is not { TargetCertificate: var own })
            settings.Fault(variable, file, $"a certificate in PEM form is expected, whose unencrypted key is in {thing.Get(AmbassadorSettings.TlsKeyFile)}");
        else if (own.NotAfter.ToUniversalTime() < TimeProvider.System.GetUtcNow().UtcDateTime)
            settings.Warn($"{variable}={file}: our certificate expired on {own.NotAfter.ToUniversalTime():u}; the file is followed, and a new one is used as soon as it is there");
    }

    // Followed as secrets are. A file that can't be read has its fault already.
    private static Secret? ReadFile(NamedThing thing, Setting<string?> setting)
    {
        if (thing.Get(setting) is not { } path) return null;
        var read = Secret.FromFile(path, TimeProvider.System);
        return read.IsRight ? read.Value : new Secret("");
    }
}
