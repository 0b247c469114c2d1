namespace Sidecar.Hosting.Settings;

/// <summary>Says in a few words why a file could not be read; framework messages are stripped from trimmed programs.</summary>
public static class FileTrouble
{
    public static string Reason(Exception exception) => exception switch
    {
        FileNotFoundException => "no such file",
        DirectoryNotFoundException => "no such directory",
        UnauthorizedAccessException => "permission denied, or it is a directory",
        PathTooLongException => "the path is too long",
        ArgumentException or NotSupportedException => "not a path",
        _ => $"{exception.GetType().Name} 0x{exception.HResult:x8}",
    };
}
