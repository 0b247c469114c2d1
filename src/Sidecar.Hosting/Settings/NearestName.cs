namespace Sidecar.Hosting.Settings;

/// <summary>Finds the known name that a misspelt one was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>A distance up to which a name is taken for a slip of the pen.</summary>
    public const int NearMiss = 2;

    /// <summary>The nearest known name and its distance; null when nothing is near enough to propose.</summary>
    public static (string Name, int Distance)? Of(string name, IEnumerable<string> known)
    {
        (string Name, int Distance)? best = null;
        foreach (var candidate in known)
        {
            // A proposal further away than a third of the name confuses more than it helps.
            var limit = Math.Max(NearMiss, Math.Min(name.Length, candidate.Length) / 3);
            var distance = Distance(name, candidate, Math.Min(limit, (best?.Distance ?? int.MaxValue) - 1));
            if (distance is { } near)
            {
                best = (candidate, near);
            }
        }

        return best;
    }

    // Levenshtein with a neighbouring swap as one step; null when above the limit.
    private static int? Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) > limit || limit < 0)
        {
            return null;
        }

        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i, j] = i == 0 ? j : j == 0 ? i : Math.Min(
                    Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1),
                    rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length] <= limit ? rows[a.Length, b.Length] : null;
    }
}
