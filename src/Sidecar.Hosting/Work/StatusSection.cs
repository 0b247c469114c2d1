using System.Text.Json.Nodes;

namespace Sidecar.Hosting.Work;

/// <summary>A part of /status by its name, and how the page shows it.</summary>
internal sealed record StatusSection(string Name, Func<JsonNode> Status, IReadOnlyList<StatusTable> Tables);
