namespace Sidecar.Logs.Tailing;

/// Names a file whatever it is called: rotation renames a file but never changes its identity.
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    public override string ToString() => $"{Device:x}:{Inode}";
}
