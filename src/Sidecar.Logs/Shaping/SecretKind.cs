namespace Sidecar.Logs.Shaping;

/// Secrets that are known by their looks.
internal enum SecretKind
{
    /// name@example.com, also with %40.
    Email,

    /// Payment card numbers whose check digit is right.
    Card,

    /// Access key ids, and secret keys beside their name.
    AwsKey,

    /// What follows Bearer, and JSON web tokens.
    Bearer,
}
