namespace Sidecar.Logs.Events;

/// Where an event's text lies in the bytes that were cut, and where what follows it begins. A piece is not all of its line.
internal readonly record struct CutEvent(int From, int Length, int End, bool IsPiece);
