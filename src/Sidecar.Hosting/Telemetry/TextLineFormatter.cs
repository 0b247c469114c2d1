using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Sidecar.Hosting.Telemetry;

/// <summary>Writes the agent's own log for people: time, level, message.</summary>
internal sealed class TextLineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "text-line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write($"{time.GetUtcNow():HH:mm:ss.fff} {LogLevels.Show(logEntry.LogLevel),-8} {logEntry.Formatter(logEntry.State, logEntry.Exception)}\n");
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(exception + "\n");
        }
    }
}
