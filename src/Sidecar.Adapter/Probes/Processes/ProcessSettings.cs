using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Processes;

/// Which process is meant, and how well it has to be.
internal static class ProcessSettings
{
    private static readonly string[] Kinds = [ProbeKinds.Process, ProbeKinds.PidFile];

    public static readonly Setting<NumberRanges> Count = AdapterSettings.Probe.Of(
        "COUNT",
        "a number or a range, 2- for two or more",
        "1-",
        "How many processes have to run (zombies don't count), or how many addresses a name has to have.",
        text => NumberRanges.Read(text, least: 0, most: int.MaxValue),
        "1-4",
        shared: false,
        ProbeKinds.Process, ProbeKinds.Dns);

    public static readonly Setting<Regex?> CommandLine = AdapterSettings.Probe.Pattern(
        "CMDLINE", "What the command line has to match, its arguments joined by blanks. With process:* the name does not matter.", "-jar /app/orders\\.jar", shared: false, Kinds);

    public static readonly Setting<string?> Executable = AdapterSettings.Probe.Text(
        "EXE", null, "The path of the executable. Reading it needs the app's user.", "/usr/bin/java", shared: false, Kinds);

    public static readonly Setting<int?> User = AdapterSettings.Probe.Of(
        "USER", "a user id", null, "The user that it runs as, by number: names differ from image to image.", ReadUser, "1000", shared: false, Kinds);

    public static readonly Setting<TimeSpan> MinAge = AdapterSettings.Probe.Duration(
        "MIN_AGE", "0", "How long it has to run. One that is restarted again and again is never that old.", min: "0", max: "1d", shared: false, Kinds);

    public static readonly Setting<long?> MaxRss = AdapterSettings.Probe.Of(
        "MAX_RSS", "a size", null, "How much memory it may hold.", ReadSize, "512MiB", shared: false, Kinds);

    public static readonly Setting<int?> MaxFds = AdapterSettings.Probe.Of(
        "MAX_FDS", "a whole number", null, "How many files, sockets and pipes it may have open. Counting them needs the app's user.", ReadCount, "900", shared: false, Kinds);

    public static readonly Setting<TimeSpan> MaxStuck = AdapterSettings.Probe.Duration(
        "MAX_STUCK", "1m", "How long it may be seen in an uninterruptible sleep (state D): a disk or network file system that hangs looks like that.", min: "0", max: "1d", shared: false, Kinds);

    public static IReadOnlyList<ISetting> All { get; } = [Count, CommandLine, Executable, User, MinAge, MaxRss, MaxFds, MaxStuck];

    private static Parsed<int?> ReadUser(string text) =>
        int.TryParse(text, out var user) && user >= 0 ? Parsed.Right<int?>(user) : Parsed.Wrong<int?>("a user id, a number, is expected (names differ from image to image)");

    private static Parsed<int?> ReadCount(string text) =>
        int.TryParse(text, out var count) && count > 0 ? Parsed.Right<int?>(count) : Parsed.Wrong<int?>("a whole number from 1 is expected");

    private static Parsed<long?> ReadSize(string text)
    {
        var read = ValueForms.Size(text);
        return new Parsed<long?>(read.Value, read.Expected);
    }
}
