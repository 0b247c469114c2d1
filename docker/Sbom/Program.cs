using System.Text.Encodings.Web;
using System.Text.Json;
using Sbom;

// Each writes to stdout, and the same bytes for the same input:
//   sbom bill <agent> <project.assets.json>                    what the published agent is made of, as CycloneDX
//   sbom notices <agent> <project.assets.json>                 the licences of all that, in full
//   sbom licences <agent> <project.assets.json> [<agent> ...]  the page of docs/
switch (args)
{
    case ["bill", var agent, var assets]:
        var options = new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        Console.Out.WriteLine(BillOfMaterials.Of(agent, Assets.Read(assets)).ToJsonString(options));
        return 0;
    case ["notices", var agent, var assets]:
        Console.Out.Write(Notices.Of(agent, Assets.Read(assets)));
        return 0;
    case ["licences", .. var pairs] when pairs.Length > 0 && pairs.Length % 2 == 0:
        Console.Out.Write(LicencePage.Of([.. pairs.Chunk(2).Select(pair => (pair[0], Assets.Read(pair[1])))]));
        return 0;
    default:
        Console.Error.WriteLine("sbom bill|notices|licences <agent> <project.assets.json>");
        return 64;
}
