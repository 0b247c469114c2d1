using System.Buffers;

namespace Sidecar.Logs.Discovery;

/// What CloudWatch takes for a log group's name.
internal static class GroupName
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/#");

    /// What is wrong with a name; null when nothing is.
    public static string? Fault(string name)
    {
        if (name.Length is 0 or > 512)
            return "1 to 512 characters";
        if (name.AsSpan().ContainsAnyExcept(Allowed))
            return "letters, digits and . - _ / #";
        return name.StartsWith("aws/", StringComparison.Ordinal) ? "it must not start with aws/" : null;
    }
}
