namespace Sidecar.Logs.Events;

/// Where an event's text lies in the bytes that were cut, and where what follows it begins. A line longer than an event may be comes
/// in pieces: one that goes on is not the last, one that is continued is not the first.
internal readonly record struct CutEvent(int From, int Length, int End, bool GoesOn, bool IsContinued)
{
    public bool IsPiece => GoesOn || IsContinued;
}
