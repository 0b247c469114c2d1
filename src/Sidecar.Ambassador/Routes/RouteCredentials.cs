namespace Sidecar.Ambassador.Routes;

/// <summary>What the ambassador logs in with, so that the app need not know it. The password is read anew each time: its file may change.</summary>
internal sealed record RouteCredentials(string? Username, Func<string> Password)
{
    public override string ToString() => "***";
}
