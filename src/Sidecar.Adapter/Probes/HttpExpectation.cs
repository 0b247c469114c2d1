using System.Text.RegularExpressions;

namespace Sidecar.Adapter.Probes;

/// What an HTTP answer has to look like.
internal sealed record HttpExpectation(NumberRanges Status, Regex? Body)
{
    /// A redirect that the user lists by itself (302, 300-399) is the answer; within a wide band (200-399) it is followed.
    public bool TakesRedirect(int status) => Status.Names(status, least: 300, most: 399);

    public override string ToString() => Body is null ? $"status {Status}" : $"status {Status}, body matches {Body}";
}
