namespace Sidecar.Ambassador.Drains;

/// <summary>What one question to a verdict came to.</summary>
internal enum Ruling
{
    /// <summary>Nobody answered, or not with a verdict.</summary>
    None,

    /// <summary>All is well.</summary>
    Stay,

    /// <summary>503: nobody should come.</summary>
    Leave,
}
