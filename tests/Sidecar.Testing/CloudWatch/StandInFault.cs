namespace Sidecar.Testing.CloudWatch;

/// What the stand-in does to a call instead of, or besides, serving it.
public enum StandInFault
{
    None,
    /// 400 ThrottlingException.
    Throttle,
    /// 500 InternalFailure.
    InternalError,
    /// 503 ServiceUnavailableException.
    Unavailable,
    /// The connection is reset before the body is read: nothing is stored.
    DropBefore,
    /// The events are stored and then the connection is reset: the answer is lost.
    DropAfter,
    /// No answer until the fault ends.
    Hang,
    /// Served, but each answer is held back.
    Slow,
    /// 400 AccessDeniedException.
    AccessDenied,
    /// 400 ExpiredTokenException.
    ExpiredToken,
    /// 400 OperationAbortedException, as when two callers create one group.
    OperationAborted,
    /// PutLogEvents stores only the second half of the events and calls the first half too old.
    RejectHalf,
}
