namespace LogShipping.Lines;

/// Writes plain lines at a steady rate until it is told to stop.
internal sealed class SteadyWriter(string path, int linesPerSecond)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    public long Written { get; private set; }

    public async Task RunAsync(CancellationToken stopping)
    {
        var block = PlainLines.Block(linesPerSecond);
        await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var started = TimeProvider.System.GetTimestamp();
        while (!stopping.IsCancellationRequested)
        {
            var due = (long)(TimeProvider.System.GetElapsedTime(started).TotalSeconds * linesPerSecond);
            while (Written < due)
            {
                var at = (int)(Written % linesPerSecond);
                var count = (int)Math.Min(due - Written, linesPerSecond - at);
                file.Write(block, at * PlainLines.LineBytes, count * PlainLines.LineBytes);
                Written += count;
            }

            await Task.Delay(Beat, TimeProvider.System, CancellationToken.None);
        }
    }
}
