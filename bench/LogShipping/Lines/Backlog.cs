namespace LogShipping.Lines;

/// What waits in a file before the agent starts: a block of events, written again and again.
internal sealed record Backlog(byte[] Block, int EventsInBlock)
{
    /// Returns how many events the file holds.
    public long Write(string path, long bytes)
    {
        long written = 0, events = 0;
        using var file = File.Create(path);
        for (; written < bytes; written += Block.Length, events += EventsInBlock)
            file.Write(Block);
        return events;
    }
}
