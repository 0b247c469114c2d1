using System.Globalization;

namespace LegacyApp;

/// What the ini file says.
internal sealed record AppSettings(
    string LogFile,
    string LogCopy,
    string Journal,
    string Heartbeat,
    string HangWhileExists,
    string PauseWhileExists,
    string Redis,
    Uri Service,
    int HealthPort,
    int OrdersPerSecond)
{
    public static AppSettings Read(string path)
    {
        var lines = File.ReadLines(path)
            .Where(line => line.Contains('=', StringComparison.Ordinal))
            .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        return new AppSettings(
            lines["log"],
            lines["log-copy"],
            lines["journal"],
            lines["heartbeat"],
            lines["hang-while-exists"],
            lines["pause-while-exists"],
            lines["redis"],
            new Uri(lines["service"]),
            int.Parse(lines["health-port"], CultureInfo.InvariantCulture),
            int.Parse(lines["orders-per-second"], CultureInfo.InvariantCulture));
    }
}
