namespace Sidecar.Testing.Replay;

/// Makes a stream that fails as short as it can be and still fail.
internal sealed class Shrinking(Func<IReadOnlyList<ReplayStep>, bool> fails, TimeSpan limit)
{
    private readonly long _started = TimeProvider.System.GetTimestamp();

    public IReadOnlyList<ReplayStep> Shrink(IReadOnlyList<ReplayStep> stream)
    {
        int before;
        do
        {
            before = Size(stream);
            for (int chunk = Math.Max(1, stream.Count / 2); chunk > 0; chunk /= 2)
                stream = WithoutChunks(stream, chunk);
            for (int i = 0; i < stream.Count; i++)
                stream = WithFewerRequests(stream, i);
        }
        while (Size(stream) < before && !IsOver);
        return stream;
    }

    private bool IsOver => TimeProvider.System.GetElapsedTime(_started) > limit;

    private static int Size(IReadOnlyList<ReplayStep> stream) => stream.Sum(step => 1 + step.Requests.Count);

    private IReadOnlyList<ReplayStep> WithoutChunks(IReadOnlyList<ReplayStep> stream, int chunk)
    {
        for (int start = 0; start < stream.Count;)
        {
            IReadOnlyList<ReplayStep> shorter = [.. stream.Take(start), .. stream.Skip(start + chunk)];
            if (Fails(shorter))
                stream = shorter;
            else
                start += chunk;
        }
        return stream;
    }

    private IReadOnlyList<ReplayStep> WithFewerRequests(IReadOnlyList<ReplayStep> stream, int index)
    {
        for (int i = stream[index].Requests.Count - 1; i >= 0 && stream[index].Requests.Count > 1; i--)
        {
            var step = stream[index];
            IReadOnlyList<ReplayRequest> fewer = [.. step.Requests.Where((_, at) => at != i)];
            IReadOnlyList<ReplayStep> shorter = [.. stream.Take(index), step with { Requests = fewer }, .. stream.Skip(index + 1)];
            if (Fails(shorter))
                stream = shorter;
        }
        return stream;
    }

    private bool Fails(IReadOnlyList<ReplayStep> stream) => stream.Count > 0 && !IsOver && fails(stream);
}
