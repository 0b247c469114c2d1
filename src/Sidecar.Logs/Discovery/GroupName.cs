using System.Buffers;

namespace Sidecar.Logs.Discovery;

/// What CloudWatch takes for a log group's name, and how placeholders in it are filled.
internal static class GroupName
{
    private const int MaxLength = 512;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/#");

    /// What is wrong with a name, apart from its placeholders; null when nothing is.
    public static string? Fault(string name)
    {
        if (name.Length is 0 or > MaxLength)
            return $"1 to {MaxLength} characters";
        if (Placeholders.In(name) is null)
            return $"only the placeholders {Placeholders.Shown}";
        if (Placeholders.Fill(name, static _ => "")!.AsSpan().ContainsAnyExcept(Allowed))
            return "letters, digits and . - _ / #";
        return name.StartsWith("aws/", StringComparison.Ordinal) ? "it must not start with aws/" : null;
    }

    /// A name that CloudWatch takes, whatever the values are; null when one is not known yet.
    public static string? Fill(string name, Func<string, string?> valueOf)
    {
        if (Placeholders.Fill(name, valueOf) is not { } filled || ReferenceEquals(filled, name))
            return name.Contains('{', StringComparison.Ordinal) ? null : name;

        var taken = string.Create(Math.Clamp(filled.Length, 1, MaxLength), filled, static (into, from) =>
        {
            into.Fill('_');
            for (var i = 0; i < into.Length && i < from.Length; i++)
                into[i] = Allowed.Contains(from[i]) ? from[i] : '_';
        });
        return taken.StartsWith("aws/", StringComparison.Ordinal) ? "_" + taken[1..] : taken;
    }
}
