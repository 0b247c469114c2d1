namespace Sidecar.Logs.Checkpoints;

/// What a state says of all files together: the number of the save that is on disk for sure, its own or the one that it follows, and
/// up to when all that lay in the folders had been seen. The number is 0 for a release that did not count.
internal readonly record struct StateStamp(long Save, long ScannedAtMs);
