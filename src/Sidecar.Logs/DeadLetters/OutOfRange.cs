namespace Sidecar.Logs.DeadLetters;

/// What becomes of events that the service rejects because they are too old or too new.
internal enum OutOfRange
{
    /// They are written to the dead-letter folder.
    DeadLetter,

    /// They are sent again with the nearest time that is taken.
    Clamp,

    /// They are counted, no more.
    Drop,
}
