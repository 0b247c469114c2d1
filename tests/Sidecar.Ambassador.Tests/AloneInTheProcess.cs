namespace Sidecar.Ambassador.Tests;

/// For tests that measure or listen to the whole process.
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
