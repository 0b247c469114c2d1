using System.Globalization;

namespace LegacyApp;

/// One line a call: start (Unix ms), duration (ms), what, "ok" or the failure.
internal sealed class CallJournal(string path) : IDisposable
{
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly StreamWriter _file = new(path, append: true) { AutoFlush = true };

    /// Makes a call and writes down how it went.
    public void Record(string what, Action call)
    {
        var at = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var started = _clock.GetTimestamp();
        var outcome = "ok";
        try
        {
            call();
        }
        catch (Exception failure)
        {
            outcome = $"{failure.GetType().Name}: {failure.Message}".ReplaceLineEndings(" ").Replace('\t', ' ');
        }

        var took = (long)_clock.GetElapsedTime(started).TotalMilliseconds;
        lock (_lock)
            _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at}\t{took}\t{what}\t{outcome}"));
    }

    public void Dispose() => _file.Dispose();
}
