using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Shaping;

/// Makes each source's shaping options of the settings.
internal static class ShapingPlan
{
    /// By the name of the source.
    public static IReadOnlyDictionary<string, ShapingOptions> Of(BoundSettings settings)
    {
        var patterns = settings.Named(ShapingSettings.Redaction).Select(thing => Pattern(settings, thing)).OfType<UserPattern>().ToList();
        var options = new Dictionary<string, ShapingOptions>(StringComparer.Ordinal) { [LogsPlan.DefaultSource] = Default(settings, patterns) };
        foreach (var thing in settings.Named(LogsSettings.Source))
            options[thing.Name] = Named(thing, patterns);
        return options;
    }

    private static ShapingOptions Default(BoundSettings settings, IReadOnlyList<UserPattern> patterns) => new()
    {
        Format = settings.Get(ShapingSettings.Format),
        Parse = settings.Get(ShapingSettings.Parse),
        Keep = settings.Get(ShapingSettings.Keep),
        Drop = settings.Get(ShapingSettings.Drop),
        Secrets = settings.Get(ShapingSettings.Redact),
        SecretPatterns = patterns,
        Timestamp = settings.Get(ShapingSettings.Timestamp),
        Zone = settings.Get(ShapingSettings.Zone),
    };

    private static ShapingOptions Named(NamedThing thing, IReadOnlyList<UserPattern> patterns) => new()
    {
        Format = thing.Get(ShapingSettings.SourceFormat),
        Parse = thing.Get(ShapingSettings.SourceParse),
        Service = thing.Name,
        Keep = thing.Get(ShapingSettings.SourceKeep),
        Drop = thing.Get(ShapingSettings.SourceDrop),
        Secrets = thing.Get(ShapingSettings.SourceRedact),
        SecretPatterns = patterns,
        Timestamp = thing.Get(ShapingSettings.SourceTimestamp),
        Zone = thing.Get(ShapingSettings.SourceZone),
    };

    private static UserPattern? Pattern(BoundSettings settings, NamedThing thing)
    {
        var pattern = UserPattern.ReadLinear(thing.Value);
        if (!pattern.IsRight)
            settings.Fault(thing.Variable, thing.Value, pattern.Expected!, ShapingSettings.RedactionExample);
        return pattern.Value;
    }
}
