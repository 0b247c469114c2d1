namespace Sidecar.Logs.Events;

/// What a line looks like by itself, before it is known what it follows.
internal enum LineKind
{
    /// Free text: an event of its own, or a further line of a message.
    Loose,

    /// Begins an event: a time, a level, or a JSON object leads it. A head of two lines has its level in the second one.
    Time,
    TwoLineHead,
    Level,
    Json,

    /// Blanks or a tab lead it.
    Indented,

    /// Only ever carries an event on: `Caused by:`, `goroutine 1 [running]:`, `#0 /app/index.php(3)`.
    Joint,

    /// Names an exception: the first line of a trace, or one that follows a header or a Python traceback.
    Exception,

    /// Closes what was opened before: `}`, `],`, `})`.
    Closer,

    /// A call in a goroutine's dump: `main.(*Server).handle(0xc000010000)`.
    Call,
}
