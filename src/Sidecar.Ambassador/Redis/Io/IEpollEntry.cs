namespace Sidecar.Ambassador.Redis.Io;

/// One descriptor that the event loop watches.
internal interface IEpollEntry
{
    void OnEvents(uint events);

    void OnFault(Exception fault);
}
