using Sidecar.Adapter.Probes.Files;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Push;

/// Reads a probe that the app reports to: by PUT on the admin port, or by datagrams on a unix socket.
internal static class PushKind
{
    private const int MaxSocketPathBytes = 107;

    public static ProbeTarget? Read(NamedThing thing, BoundSettings settings)
    {
        string? path = null;
        var isSocket = thing.Value.Length > ProbeKinds.Push.Length + 1;
        if (isSocket && !TargetForms.TryReadPath(thing, settings, "push:/path/of/socket", MaxSocketPathBytes, out path))
            return null;

        // Each would take the other's place again and again.
        if (isSocket && settings.Named(AdapterSettings.Probe).TakeWhile(one => one != thing).FirstOrDefault(one => Place(one) == Place(thing)) is { } first)
            settings.Fault(thing.Variable, thing.Shown, $"a notify socket of its own is expected: {first.Variable} listens there");

        var maxAge = thing.Get(FileSettings.MaxAge);
        if (!isSocket && maxAge is null)
        {
            settings.Fault(thing.VariableOf(FileSettings.MaxAge), null, "how long a report holds is expected: an app that hangs reports nothing any more", "1m");
            return null;
        }

        var condition = maxAge is { } age ? $"a report within {ValueForms.Show(age)}" : "a report that it is ready";
        var box = new PushBox(TimeProvider.System);
        return new ProbeTarget(
            isSocket ? thing.Shown : $"PUT /push/{thing.Name}", condition, IsCuredByRestart: true,
            time => new PushProbe(box, maxAge, path is null ? null : Opened(path, box), time))
        {
            Lag = maxAge ?? TimeSpan.Zero,
            Box = box,
        };
    }

    // Null for what is no notify socket.
    private static string? Place(NamedThing thing) =>
        ProbeKinds.SchemeOf(thing.Value) == ProbeKinds.Push && thing.Value.Length > ProbeKinds.Push.Length + 1
            ? Path.GetFullPath(thing.Value[(ProbeKinds.Push.Length + 1)..])
            : null;

    // Before the first question, which may be a while: an app says READY=1 once. What hinders it now the first question says.
    private static NotifySocket Opened(string path, PushBox box)
    {
        var socket = new NotifySocket(path, box);
        socket.Open();
        return socket;
    }
}
