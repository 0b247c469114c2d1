namespace Sidecar.Logs.Destination;

/// A call went forward, but was not through in the time that it may take in all.
internal sealed class TooSlowException(string message) : TimeoutException(message);
