namespace Sidecar.Ambassador.Redis;

/// What becomes of a command whose connection is gone.
internal enum Fate
{
    Keep,
    Drop,
    Fail,
}
