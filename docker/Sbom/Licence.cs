using System.Xml.Linq;

namespace Sbom;

/// What a package says of its licence: an SPDX expression, or where its text stands; and whose it is.
internal sealed record Licence(string? Expression, string? Text, string Copyright)
{
    public static Licence Of(string nuspec)
    {
        var metadata = XDocument.Load(nuspec).Root!.Elements().First(element => element.Name.LocalName == "metadata");
        var stated = Element("license");
        var copyright = (Element("copyright") ?? Element("authors"))?.Value ?? "";
        return stated?.Attribute("type")?.Value == "expression"
            ? new Licence(stated.Value, null, copyright)
            : new Licence(null, stated?.Value ?? Element("licenseUrl")?.Value, copyright);

        XElement? Element(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name);
    }

    public override string ToString() => Expression ?? Text ?? "";
}
