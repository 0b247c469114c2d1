using Sidecar.Adapter.Probes.Content;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Files;

/// Reads a probe that looks at a file.
internal static class FileKind
{
    public static ProbeTarget? Read(NamedThing thing, BoundSettings settings)
    {
        if (!TargetForms.TryReadPath(thing, settings, "file:/path", int.MaxValue, out var path))
            return null;

        var expected = new FileExpectation
        {
            IsAbsent = thing.Get(FileSettings.Absent),
            MaxAge = thing.Get(FileSettings.MaxAge),
            MaxSkew = thing.Get(FileSettings.ClockSkew),
            MinSize = thing.Get(FileSettings.MinSize),
            MaxSize = thing.Get(FileSettings.MaxSize) ?? long.MaxValue,
            Content = ContentRules.Of(thing),
        };
        ISetting[] given = [FileSettings.MaxAge, FileSettings.MinSize, FileSettings.MaxSize, .. ContentSettings.All];
        if (expected.IsAbsent && given.FirstOrDefault(thing.IsSet) is { } other)
            settings.Fault(thing.VariableOf(other), null, $"nothing can be expected of a file that has to be absent ({thing.VariableOf(FileSettings.Absent)})");

        if (expected.MinSize > expected.MaxSize)
            settings.Fault(
                thing.VariableOf(FileSettings.MaxSize), thing.ShownOf(FileSettings.MaxSize),
                $"at least {thing.ShownOf(FileSettings.MinSize)} is expected, what it has to have ({thing.VariableOf(FileSettings.MinSize)})");

        return new ProbeTarget(thing.Shown, expected.ToString(), IsCuredByRestart: true, time => new FileProbe(path, expected, time))
        {
            Lag = expected.MaxAge ?? TimeSpan.Zero,
        };
    }
}
