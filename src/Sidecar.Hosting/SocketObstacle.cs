namespace Sidecar.Hosting;

/// <summary>What keeps a unix socket from its place.</summary>
public enum SocketObstacle
{
    NoSocket,
    Served,
}
