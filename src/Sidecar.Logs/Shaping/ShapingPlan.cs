using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Shaping;

/// Makes each source's shaping options of the settings.
internal static class ShapingPlan
{
    /// By the name of the source.
    public static IReadOnlyDictionary<string, ShapingOptions> Of(BoundSettings settings)
    {
        var options = new Dictionary<string, ShapingOptions>(StringComparer.Ordinal) { [LogsPlan.DefaultSource] = Default(settings) };
        foreach (var thing in settings.Named(LogsSettings.Source))
            options[thing.Name] = Named(thing);
        return options;
    }

    private static ShapingOptions Default(BoundSettings settings) => new()
    {
        Timestamp = settings.Get(ShapingSettings.Timestamp),
        Zone = settings.Get(ShapingSettings.Zone),
    };

    private static ShapingOptions Named(NamedThing thing) => new()
    {
        Timestamp = thing.Get(ShapingSettings.SourceTimestamp),
        Zone = thing.Get(ShapingSettings.SourceZone),
    };
}
