namespace Sidecar.Testing;

/// A directory of its own, gone with everything in it when disposed.
public sealed class TempVolume : IDisposable
{
    public TempVolume()
    {
        Root = Directory.CreateTempSubdirectory("sidecars-").FullName;
    }

    public string Root { get; }

    /// The full path of a name in the volume; nothing is created.
    public string PathOf(string name) => Path.Combine(Root, name);

    /// Writes a file, with the folders it needs, and returns its full path.
    public string Write(string name, string content)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// Appends to a file, with the folders it needs, and returns its full path.
    public string Append(string name, string content)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.AppendAllText(path, content);
        return path;
    }

    public string Folder(string name) => Directory.CreateDirectory(PathOf(name)).FullName;

    public void Dispose()
    {
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
    }
}
