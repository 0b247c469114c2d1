namespace Sidecar.Logs.Tailing;

/// <summary>Names a file whatever it is called: rotation renames a file but never changes its identity.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    public override string ToString() => $"{Device:x}:{Inode}";
}
