namespace Sidecar.Ambassador.Upstreams;

/// <summary>Which of several healthy endpoints is next.</summary>
internal enum Balance
{
    /// <summary>Power of two choices: of two drawn at random, the one with less under way.</summary>
    P2c,

    /// <summary>Always the first in the user's order: nobody reaches a standby by chance.</summary>
    First,
}
