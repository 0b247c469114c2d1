namespace Sidecar.Logs.Events;

/// How much of a file's end is taken as it is because nothing has followed it for long enough.
internal enum Finality
{
    /// Nothing: more may come.
    None,

    /// Whole lines, even if the next one might carry them on.
    Group,

    /// Everything, even a line without its newline.
    Line,
}
