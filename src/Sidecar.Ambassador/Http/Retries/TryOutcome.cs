namespace Sidecar.Ambassador.Http.Retries;

/// <summary>How one try of a request on one endpoint ended.</summary>
internal enum TryOutcome
{
    /// <summary>No connection came about: no byte was sent.</summary>
    NotConnected,

    /// <summary>The endpoint answered and the answer went to the caller, or at least its beginning did.</summary>
    Answered,

    /// <summary>The connection broke before an answer began: nobody knows whether the request was executed.</summary>
    Lost,

    /// <summary>What came back is no answer in HTTP that could go on to anybody.</summary>
    Malformed,

    /// <summary>The endpoint answered 502, 503 or 504, and the caller has not seen it.</summary>
    Refused,

    /// <summary>The endpoint answered an error, and the caller gets something better in its place.</summary>
    Withheld,

    /// <summary>The endpoint was silent for too long.</summary>
    TimedOut,

    /// <summary>The endpoint was silent to the request and to a probe as well: it hangs.</summary>
    Hung,

    /// <summary>Another try of the same request was faster.</summary>
    Outpaced,

    /// <summary>The caller left, or its own request was broken.</summary>
    CallerFailed,
}
