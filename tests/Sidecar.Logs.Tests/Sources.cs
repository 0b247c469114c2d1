using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tests;

internal static class Sources
{
    public static LogSource Of(
        string glob,
        string name = "default",
        string? exclude = null,
        LogStart start = LogStart.Beginning,
        string stream = "{file}",
        string lines = "off",
        TextEncoding encoding = TextEncoding.Utf8) => new()
        {
            Name = name,
            Paths = Glob.TryParse(glob, out _)!,
            Exclude = exclude is null ? [] : Glob.TryParse(exclude, out _)!,
            Start = start,
            Group = "/test",
            Stream = StreamTemplate.TryParse(stream, out _)!,
            Lines = Multiline.Read(lines).Value!,
            Encoding = encoding,
        };
}
