using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// <summary>The bytes [Start, End) of a file that a batch stands for, empty lines between its events included.</summary>
internal readonly record struct FileRange(FileIdentity File, long Start, long End);
