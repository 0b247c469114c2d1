using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Redis;

/// What it takes to speak with a server: a login, TLS, both, or neither.
internal sealed record ServerAccess(RouteCredentials? Credentials, UpstreamTls? Tls);
