namespace Sidecar.Logs.Tests.Model;

/// Steps at random: the same for the same seed.
internal static class Scenario
{
    private static readonly (string Verb, int Weight, int Least, int Most)[] Choices =
    [
        ("write", 12, 1, 40), ("half", 4, 1, 1), ("odd", 3, 1, 9), ("long", 1, 1, 1000), ("empty", 1, 1, 5), ("crlf", 1, 1, 5),
        ("banner", 2, 1, 1), ("wait", 10, 1, 120), ("settle", 1, 1, 1),
        ("rotate", 5, 2, 5), ("late", 2, 1, 5), ("copytruncate", 4, 2, 5), ("truncate", 2, 1, 1), ("delete", 1, 1, 1), ("gzip", 2, 1, 1),
        ("kill", 4, 1, 1), ("stop", 2, 1, 1), ("start", 6, 1, 1),
        ("throttle", 1, 1, 20), ("fail", 1, 1, 20), ("unavailable", 1, 1, 20), ("expire", 1, 1, 10),
        ("drop-before", 1, 1, 5), ("drop-after", 2, 1, 3), ("hang", 1, 50, 400), ("slow", 2, 5, 60), ("reject", 1, 1, 2),
        ("vanish-stream", 1, 1, 1), ("vanish-group", 1, 1, 1), ("recover", 2, 1, 1),
    ];

    private static readonly string[] Logs = ["a", "a", "a", "b"];

    public static IReadOnlyList<Step> Of(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => Next(random))];
    }

    private static Step Next(Random random)
    {
        var pick = random.Next(Choices.Sum(choice => choice.Weight));
        foreach (var (verb, weight, least, most) in Choices)
        {
            pick -= weight;
            if (pick < 0)
                return new Step(verb, Logs[random.Next(Logs.Length)], random.Next(least, most + 1));
        }

        throw new InvalidOperationException("The weights do not add up.");
    }
}
