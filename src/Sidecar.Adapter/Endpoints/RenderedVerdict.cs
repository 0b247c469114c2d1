using System.Collections.Concurrent;
using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter.Endpoints;

/// The bodies of one verdict, each made when it is asked for first.
internal sealed class RenderedVerdict(Verdict verdict)
{
    private readonly ConcurrentDictionary<(string Name, HealthFormat Format), ReadOnlyMemory<byte>> _bodies = new(concurrencyLevel: 1, capacity: 4);

    public Verdict Verdict => verdict;

    public ReadOnlyMemory<byte> BodyOf(HealthAnswer answer, HealthFormat format) =>
        _bodies.TryGetValue((answer.Name, format), out var body) ? body : _bodies.GetOrAdd((answer.Name, format), HealthBody.Of(answer, format));
}
