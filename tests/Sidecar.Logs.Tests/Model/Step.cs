using System.Globalization;

namespace Sidecar.Logs.Tests.Model;

/// One thing that happens to a log, to the agent or to the service, as text that can be read, printed and replayed: `write a 3`.
internal sealed record Step(string Verb, string Log, int Amount)
{
    public static IReadOnlyList<Step> Parse(string steps) =>
    [
        .. steps.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(step =>
        {
            var words = step.Split(' ');
            return new Step(words[0], words[1], int.Parse(words[2], CultureInfo.InvariantCulture));
        }),
    ];

    public static string Print(IEnumerable<Step> steps) => string.Join("; ", steps);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Verb} {Log} {Amount}");
}
