using System.Text.Json.Nodes;

namespace Sidecar.Hosting.Work;

/// <summary>A table on the status page: the fields of its rows that stand in columns. Whatever else a row says can be unfolded.</summary>
/// <param name="Columns">The first one names the row.</param>
public sealed record StatusTable(string Title, params StatusColumn[] Columns)
{
    /// <summary>Finds the rows in the section, which belongs to the page alone. By default the section is the array of them.</summary>
    public Func<JsonNode, IEnumerable<JsonNode?>> Rows { get; init; } = static section => section.AsArray();
}
