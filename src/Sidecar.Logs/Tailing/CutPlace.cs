using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tailing;

/// A place in a file, and what the bytes before it say about how to cut those after it. The encoding is one that names its byte order.
internal readonly record struct CutPlace(long Offset, TextEncoding Encoding, bool IsWithinLine, LineTally Tally = default);
