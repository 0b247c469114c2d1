namespace Sidecar.Ambassador.Upstreams;

/// <summary>Which of several healthy endpoints is next.</summary>
internal enum Balance
{
    /// <summary>Power of two choices: of two drawn at random, the one with less under way.</summary>
    P2c,

    /// <summary>Always the first in the user's order: nobody reaches a standby by chance.</summary>
    First,

    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>Drawn at random.</summary>
    Random,

    /// <summary>Drawn at random, by their weights.</summary>
    Weighted,

    /// <summary>The same one for the same value of a header or cookie, as long as it is up.</summary>
    Hash,
}
