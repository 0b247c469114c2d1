namespace Sidecar.Ambassador.Redis;

/// What is done before the loop waits again: clients whose requests may go on, and what is to be sent. Each connection sends once for
/// all that came for it together.
internal sealed class DueWork
{
    private List<UpstreamLink> _links = [];
    private List<ClientSession> _clients = [];
    private List<ClientSession> _continuing = [];
    private List<UpstreamLink> _spareLinks = [];
    private List<ClientSession> _spareClients = [];

    public void FlushSoon(UpstreamLink link)
    {
        if (link.IsDirty)
            return;
        link.IsDirty = true;
        _links.Add(link);
    }

    public void FlushSoon(ClientSession client)
    {
        if (client.IsDirty)
            return;
        client.IsDirty = true;
        _clients.Add(client);
    }

    public void ContinueSoon(ClientSession client) => _continuing.Add(client);

    public void DoAll()
    {
        while (_continuing.Count + _links.Count + _clients.Count > 0)
        {
            Do(ref _continuing, ref _spareClients, static client => client.Proceed(), static (client, fault) => client.OnFault(fault));
            Do(ref _links, ref _spareLinks, static link => link.Flush(), static (link, fault) => link.OnFault(fault));
            Do(ref _clients, ref _spareClients, static client => client.Flush(), static (client, fault) => client.OnFault(fault));
        }
    }

    // What is unexpected ends the connection it happens on.
    private static void Do<T>(ref List<T> due, ref List<T> spare, Action<T> work, Action<T, Exception> faulted)
    {
        (due, spare) = (spare, due);
        foreach (var one in spare)
        {
            try
            {
                work(one);
            }
            catch (Exception fault)
            {
                faulted(one, fault);
            }
        }
        spare.Clear();
    }
}
