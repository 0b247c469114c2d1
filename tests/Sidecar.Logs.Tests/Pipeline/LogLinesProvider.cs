using Microsoft.Extensions.Logging;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Pipeline;

/// Gives every category the same list of lines.
internal sealed class LogLinesProvider(LogLines<object> lines) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => lines;

    public void Dispose()
    {
    }
}
