using System.Security.Cryptography;
using System.Text;

namespace Demo;

/// What the app wrote beside what CloudWatch stored: whole lines, byte for byte, each line being unlike any other.
internal sealed record LogComparison(int Written, int Stored, IReadOnlyList<string> Lost, int Duplicated, int Strange, bool IsSameText)
{
    public bool IsComplete => Lost.Count == 0;

    public static LogComparison Of(string copy, string storedFolder)
    {
        var written = Encoding.Latin1.GetString(ReadAll(copy));
        var stored = Directory.Exists(storedFolder)
            ? string.Concat(Directory.EnumerateFiles(storedFolder, "*", SearchOption.AllDirectories).Order().Select(file => Encoding.Latin1.GetString(ReadAll(file))))
            : "";
        var writtenLines = Lines(written);
        var storedLines = Lines(stored);
        var counts = storedLines.CountBy(line => line).ToDictionary();
        var expected = writtenLines.ToHashSet();
        return new LogComparison(
            writtenLines.Length,
            storedLines.Length,
            [.. writtenLines.Where(line => !counts.ContainsKey(line))],
            counts.Sum(line => expected.Contains(line.Key) ? line.Value - 1 : 0),
            counts.Where(line => !expected.Contains(line.Key)).Sum(line => line.Value),
            SHA256.HashData(Encoding.Latin1.GetBytes(written)).SequenceEqual(SHA256.HashData(Encoding.Latin1.GetBytes(stored))));
    }

    // Latin-1 keeps every byte as one character: what is compared is bytes.
    private static string[] Lines(string text) => text.Split('\n')[..^1];

    private static byte[] ReadAll(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }
}
