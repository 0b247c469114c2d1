namespace Sidecar.Logs.Discovery;

/// The languages whose stack traces are looked for.
[Flags]
internal enum TraceKinds
{
    None = 0,
    Java = 1,
    Dotnet = 2,
    Python = 4,
    Go = 8,
    Node = 16,
    Ruby = 32,
    Php = 64,
    All = Java | Dotnet | Python | Go | Node | Ruby | Php,
}
