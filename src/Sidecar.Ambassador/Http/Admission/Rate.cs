using System.Globalization;

namespace Sidecar.Ambassador.Http.Admission;

/// <summary>So many in a second, a minute or an hour.</summary>
internal sealed record Rate(int Count, TimeSpan Period)
{
    public const string Form = "a number of requests a second, minute or hour, as 100/s, 600/m or 1000/h";

    private const int Most = 1_000_000;

    public static Rate? Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > Most) return null;
        return parts[1] switch
        {
            "s" => new Rate(count, TimeSpan.FromSeconds(1)),
            "m" => new Rate(count, TimeSpan.FromMinutes(1)),
            "h" => new Rate(count, TimeSpan.FromHours(1)),
            _ => null,
        };
    }
}
