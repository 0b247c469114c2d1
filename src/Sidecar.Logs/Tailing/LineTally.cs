namespace Sidecar.Logs.Tailing;

/// What the last lines of a file looked like: how many began an event by their looks, and how many were free text. Counted by
/// blocks of the file, this one and the one before, so that it can be counted again from the bytes before any place.
internal readonly record struct LineTally(long Block, int Starts, int Loose, int StartsBefore, int LooseBefore)
{
    public const int BlockBytes = 1 << BlockBits;

    private const int BlockBits = 16;

    /// As long as free text is not what most of the file is made of.
    private const int AlwaysPermitted = 24;
    private const int PermittedForEachStart = 4;

    /// Whether free text carries on the event before it, rather than being what else is written to the file.
    public bool PermitsLoose => Loose + LooseBefore < AlwaysPermitted + (PermittedForEachStart * (Starts + StartsBefore));

    public LineTally AddStart(long offset) => At(offset) is var here ? here with { Starts = here.Starts + 1 } : default;

    public LineTally AddLoose(long offset) => At(offset) is var here ? here with { Loose = here.Loose + 1 } : default;

    private LineTally At(long offset)
    {
        var block = offset >> BlockBits;
        if (block == Block)
            return this;
        return block == Block + 1 ? new LineTally(block, 0, 0, Starts, Loose) : new LineTally(block, 0, 0, 0, 0);
    }
}
