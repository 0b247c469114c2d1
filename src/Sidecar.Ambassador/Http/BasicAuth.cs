using System.Text;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Http;

/// <summary>What a route's user name and password look like in a request (RFC 7617).</summary>
internal static class BasicAuth
{
    public static string Header(RouteCredentials credentials)
    {
        var (username, password) = credentials.Current;
        return "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"));
    }
}
