using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>As whom a PostgreSQL server is asked, and how.</summary>
/// <param name="Tls">What TLS needs; null for <see cref="SslMode.Disable"/>.</param>
internal sealed record PostgresLogin(string Username, Secret? Password, string Database, SslMode Mode, UpstreamTls? Tls);
