using System.Globalization;
using System.Text.Json.Nodes;

namespace Sidecar.Hosting.Admin.Page;

/// <summary>Values as a person reads them.</summary>
internal static class PageText
{
    private static readonly string[] ByteUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>A value as /status has it, without the quotes.</summary>
    public static string Plain(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<DateTimeOffset>(out var time) => time.ToString("O"),
        _ => node.ToString(),
    };

    public static DateTimeOffset? Time(JsonNode? node) =>
        DateTimeOffset.TryParse(Plain(node), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;

    public static double Number(JsonNode? node) =>
        double.TryParse(Plain(node), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;

    public static string Clock(DateTimeOffset time) => time.ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The time of day, and before it the date of another day.</summary>
    public static string Moment(DateTimeOffset time, DateTimeOffset now) =>
        time.Date == now.Date ? Clock(time) : time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Roughly: 5 s, 3 min, 2 h 5 min, 4 d 3 h.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 0 => "0 s",
        < 60 => $"{(int)seconds} s",
        < 3600 => $"{(int)(seconds / 60)} min",
        < 86400 => $"{(int)(seconds / 3600)} h {(int)(seconds % 3600 / 60)} min",
        _ => $"{(int)(seconds / 86400)} d {(int)(seconds % 86400 / 3600)} h",
    };

    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (bytes >= 1024 && unit < ByteUnits.Length - 1)
        {
            (bytes, unit) = (bytes / 1024, unit + 1);
        }

        return Short(bytes) + " " + ByteUnits[unit];
    }

    /// <summary>Three digits are enough to see what is going on.</summary>
    public static string Short(double number) =>
        number.ToString(Math.Abs(number) switch { >= 1000 => "#,0", >= 100 => "0", >= 10 => "0.#", _ => "0.##" }, CultureInfo.InvariantCulture);

    /// <summary>A figure with its unit; bytes in the unit that suits them.</summary>
    public static string Figure(double number, string unit) =>
        unit == "B" ? Bytes(number) : unit == "B/s" ? Bytes(number) + "/s" : Short(number) + (unit.StartsWith('/') ? unit : " " + unit);

    /// <summary>A field's name in words.</summary>
    public static string Label(string field) =>
        field.Length == 0 ? field : char.ToUpperInvariant(field[0]) + field[1..].Replace('_', ' ');

    /// <summary>A value without markup, whatever it is: what can be unfolded, and what no table says how to show.</summary>
    public static string Flat(JsonNode? node) => node switch
    {
        JsonArray items => string.Join('\n', items.Select(Flat)),
        JsonObject fields => string.Join(", ", fields.Where(field => !IsEmpty(field.Value)).Select(field => $"{Label(field.Key)}: {Flat(field.Value)}")),
        _ => Plain(node),
    };

    public static bool IsEmpty(JsonNode? node) => node is null or JsonArray { Count: 0 } or JsonObject { Count: 0 };
}
