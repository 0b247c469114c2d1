using System.Net;
using System.Net.Sockets;

namespace Sidecar.Ambassador.Redis.Io;

/// What the one thread of a Redis listener waits for. All calls but Post come from that thread, and so do all answers.
internal interface IRedisIo : IDisposable
{
    IRedisSocket Connect(EndPoint endPoint, IReady ready);

    IRedisSocket Adopt(Socket connected, IReady ready);

    void Listen(Socket listener, Action<Socket> accepted);

    /// Closes the listeners, so that a late client is refused and goes elsewhere.
    void StopListening();

    /// Runs the work on the thread, soon; may be called from any thread.
    void Post(Action work);

    /// Waits until something is ready, or so long.
    void Wait(int milliseconds);

    /// Tells whom it concerns.
    void Tell();
}
