using System.Text;

namespace Sbom;

/// The terms of everything that is in a program, in full, as most licences want them to go with it.
internal static class Notices
{
    private static readonly string[] Names = ["LICENSE", "LICENSE.TXT", "LICENSE.md", "NOTICE", "NOTICE.TXT", "THIRD-PARTY-NOTICES.TXT"];

    private const string Mit =
        """
        Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
        (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
        publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
        subject to the following conditions:

        The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

        THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
        MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
        FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
        WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
        """;

    public static string Of(string agent, Assets assets)
    {
        var all = new StringBuilder().AppendLine($"What is in {agent} besides its own sources, and the terms of each.").AppendLine();
        foreach (var package in assets.Packages)
            all.Append(package.Name).Append(' ').Append(package.Version).Append(": ").Append(package.Licence).Append(", ").AppendLine(package.Licence.Copyright);

        // Many packages of one maker bring the same text.
        foreach (var text in assets.Packages.SelectMany(package => Texts(package).Select(text => (Text: text.Trim(), package.Name))).GroupBy(one => one.Text, one => one.Name))
            all.AppendLine().AppendLine(new string('=', 100)).AppendLine(string.Join(", ", text.Distinct())).AppendLine().AppendLine(text.Key);
        return all.ToString().ReplaceLineEndings("\n");
    }

    private static string[] Texts(Package package)
    {
        var files = Directory.EnumerateFiles(package.Folder)
            .Where(file => Names.Contains(Path.GetFileName(file), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
            .Select(file => File.ReadAllText(file).ReplaceLineEndings("\n"))
            .ToArray();
        return (files, package.Licence.Expression) switch
        {
            ({ Length: > 0 }, _) => files,
            (_, "MIT") => [$"{package.Licence.Copyright}\n\n{Mit}"],
            (_, "Apache-2.0") => ["The Apache License 2.0, which stands in LICENSE beside this file."],
            _ => throw new InvalidOperationException($"{package.Name} {package.Version} ({package.Licence}) brings no text of its licence: add it to Notices, or do without the package."),
        };
    }
}
