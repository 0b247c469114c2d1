namespace Sidecar.Ambassador.Routes;

/// <summary>What the ambassador logs in with, so that the app need not know it. It is read anew each time: its file may change.</summary>
internal sealed class RouteCredentials(Func<(string? Username, string Password)> read)
{
    public RouteCredentials(string? username, Func<string> password)
        : this(() => (username, password()))
    {
    }

    public (string? Username, string Password) Current => read();
}
