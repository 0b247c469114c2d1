namespace Sidecar.Ambassador.Routes;

/// <summary>
/// Why a value is no upstream: the value as it may be shown (all up to its last <c>@</c> masked), what is expected, an example.
/// Never holds a character of a user's secret.
/// </summary>
internal sealed record UpstreamFault(string Shown, string Expected, string Example);
