using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http.Telling;

/// <summary>Where an access log goes.</summary>
/// <param name="Path">Null for stdout.</param>
internal sealed record LogTarget(string? Path)
{
    public const string Form = "off, stdout or file:/path";

    /// <summary>Null for off.</summary>
    public static Parsed<LogTarget?> Read(string text)
    {
        if (text == "off") return Parsed.Right<LogTarget?>(null);
        if (text == "stdout") return Parsed.Right<LogTarget?>(new LogTarget(Path: null));
        if (!text.StartsWith("file:/", StringComparison.Ordinal)) return Parsed.Wrong<LogTarget?>($"{Form} is expected");
        var path = text["file:".Length..];
        return Directory.Exists(System.IO.Path.GetDirectoryName(path)) && !Directory.Exists(path)
            ? Parsed.Right<LogTarget?>(new LogTarget(path))
            : Parsed.Wrong<LogTarget?>("a file in a directory that exists is expected");
    }

    public override string ToString() => Path ?? "stdout";
}
