namespace Sidecar.Ambassador.Redis;

/// In the order in which they are said again; of each kind the last one counts.
internal enum SetUpKind
{
    Auth,
    Hello,
    Name,
    Database,
}
