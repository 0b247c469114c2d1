using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sidecar.Testing;

/// Keeps what was logged, as `Warning: text`.
public sealed class LogLines<T> : ILogger<T>
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> Lines => [.. _lines];

    /// Told of each line right when it is logged: what happens just then can be made to happen.
    public Action<string> OnLine { get; set; } = static _ => { };

    /// What the test itself has to say in between.
    public void Add(string line) => _lines.Enqueue(line);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel}: {formatter(state, exception)}";
        _lines.Enqueue(line);
        OnLine(line);
    }
}
