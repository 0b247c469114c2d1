namespace Sidecar.Logs.Tailing;

/// What the lines of a file have said of time up to some place in it. It goes with the bookmark, so that a batch that is built
/// again dates its lines as it did before.
internal record struct LineClock
{
    /// The time of the last line that carried one; 0 while there was none.
    public long TimestampMs { get; set; }

    /// How many lines have come since that had none.
    public int LinesSince { get; set; }

    /// Where in that line the time stood, for times that have to be searched for.
    public int Place { get; set; }

    /// How many events have to go by before jumps back in time are paid for (see BatchBuilder).
    public int Owed { get; set; }
}
