using Sidecar.Ambassador.Upstreams;
using Sidecar.Ambassador.Upstreams.Checks;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>Reads as whom the servers of a TCP route are asked what they are.</summary>
internal static class PostgresAccess
{
    private static readonly ISetting[] OwnSettings =
        [AmbassadorSettings.CheckUsername, AmbassadorSettings.CheckPassword, AmbassadorSettings.CheckDatabase, AmbassadorSettings.CheckSslMode];

    /// <summary>Null where nobody is asked.</summary>
    /// <param name="verified">What TLS needs where the certificate is verified.</param>
    public static PostgresLogin? Read(BoundSettings settings, NamedThing thing, TcpCheck check, UpstreamTls? verified)
    {
        if (!check.IsForRole)
        {
            foreach (var setting in OwnSettings.Where(thing.IsSet))
                settings.Fault(thing.VariableOf(setting), null, $"expected only beside {thing.VariableOf(AmbassadorSettings.Check)}=postgres or postgres-replica");
            return null;
        }

        var username = thing.Get(AmbassadorSettings.CheckUsername);
        if (username == null)
            settings.Fault(thing.VariableOf(AmbassadorSettings.CheckUsername), null, $"expected beside {thing.VariableOf(AmbassadorSettings.Check)}: the user as whom the servers are asked", AmbassadorSettings.CheckUsername.Example);
        var mode = thing.Get(AmbassadorSettings.CheckSslMode);
        var tls = mode switch
        {
            SslMode.Disable => null,
            SslMode.VerifyFull => verified,
            _ => new UpstreamTls(authorities: null, ownCertificate: null, ownKey: null, serverName: null, isInsecure: true),
        };
        return new PostgresLogin(username ?? "", thing.Get(AmbassadorSettings.CheckPassword), thing.Get(AmbassadorSettings.CheckDatabase), mode, tls);
    }
}
