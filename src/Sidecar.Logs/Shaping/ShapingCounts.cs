namespace Sidecar.Logs.Shaping;

/// How many events of a batch were not sent as they stood in the file, and why. What is counted is told once the batch is stored.
internal struct ShapingCounts
{
    /// Their own time was too far ahead of the time of reading, which they were given.
    public int Ahead;

    /// Their time went back by more than order allows, in a file that does so all the time; they were given that of the one before.
    public int Misplaced;

    /// They were moved by up to a minute to the time of the one before.
    public int Clamped;
}
