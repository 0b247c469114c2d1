namespace Sidecar.Hosting.Settings;

/// <summary>Says in a few words what is wrong with a file. The framework's own messages are stripped from trimmed programs, but for what the kernel says.</summary>
public static class FileTrouble
{
    public static string Reason(Exception exception) => exception switch
    {
        FileNotFoundException => "no such file",
        DirectoryNotFoundException => "no such directory",
        UnauthorizedAccessException => "permission denied, or it is a directory",
        PathTooLongException => "the path is too long",
        IOException when IsKernels(exception.Message) => exception.Message,
        ArgumentException or NotSupportedException => "not a path",
        _ => $"{exception.GetType().Name} 0x{exception.HResult:x8}",
    };

    // A stripped one is the name of a resource, and perhaps what belongs into it: IO_SharingViolation_File, /a/b.
    private static bool IsKernels(string message) => message.Contains(' ') && !message.AsSpan(0, message.IndexOf(' ')).Contains('_');
}
