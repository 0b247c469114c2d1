namespace Sidecar.Hosting.Resp;

/// What a reader knows about the frame it is in after the bytes it was given.
public enum FrameStatus
{
    /// All bytes belong to the frame, and more follow.
    Incomplete,

    /// The frame ends with the last byte consumed.
    Complete,

    /// No Redis would understand these bytes; the connection has to be closed.
    Malformed,
}
