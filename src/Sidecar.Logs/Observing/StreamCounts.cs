namespace Sidecar.Logs.Observing;

/// How the streams fare, all together.
internal readonly record struct StreamCounts(int Streams, int Troubled, TimeSpan LongestFlush);
