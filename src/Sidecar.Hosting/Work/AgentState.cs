using System.Text.Json.Nodes;

namespace Sidecar.Hosting.Work;

/// <summary>What the agent says of itself: whether it is ready, what troubles it, and what stands on its status page.</summary>
public sealed class AgentState(TimeProvider time)
{
    private volatile Deadline? _deadline;
    private volatile bool _isAppGone;
    private volatile Func<string>? _lastWords;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Condition> _conditions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, Func<JsonNode>>> _sections = [];

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>True from the stop signal, or the drain call, on.</summary>
    public bool IsDraining { get; internal set; }

    /// <summary>How long there is until the process ends, whatever is under way; null while nobody has asked it to.</summary>
    public TimeSpan? TimeLeft => _deadline is { } deadline ? deadline.Within - time.GetElapsedTime(deadline.Since) : null;

    /// <summary>True once the app that SIDECAR_SHUTDOWN_WAIT_FOR or SIDECAR_EXIT_WITH names was seen, and is gone.</summary>
    public bool IsAppGone
    {
        get => _isAppGone;
        internal set => _isAppGone = value;
    }

    /// <summary>What the agent's own log says at its very end, beside the exit code; null when there is nothing to say.</summary>
    public Func<string>? LastWords
    {
        get => _lastWords;
        set => _lastWords = value;
    }

    internal void EndsWithin(TimeSpan timeout) => _deadline = new Deadline(time.GetTimestamp(), timeout);

    /// <summary>/readyz stays 503, naming this, until the condition is met. The same name gives the same condition.</summary>
    public Condition Require(string name)
    {
        lock (_lock)
        {
            if (!_conditions.TryGetValue(name, out var condition))
            {
                _conditions[name] = condition = new Condition(name);
            }

            return condition;
        }
    }

    /// <summary>Outside trouble: shown in bodies, status and a metric, but it never turns readiness. The same name gives the same trouble.</summary>
    public Trouble Degraded(string name)
    {
        lock (_lock)
        {
            if (!_troubles.TryGetValue(name, out var trouble))
            {
                _troubles[name] = trouble = new Trouble(name, time);
            }

            return trouble;
        }
    }

    /// <summary>Adds a part to /status. <paramref name="status"/> is called for each request, from any thread.</summary>
    public void Section(string name, Func<JsonNode> status)
    {
        lock (_lock)
        {
            _sections.Add(KeyValuePair.Create(name, status));
        }
    }

    public IReadOnlyList<Condition> UnmetConditions
    {
        get
        {
            lock (_lock)
            {
                return [.. _conditions.Values.Where(condition => !condition.IsMet)];
            }
        }
    }

    public IReadOnlyList<Trouble> Troubles
    {
        get
        {
            lock (_lock)
            {
                return [.. _troubles.Values];
            }
        }
    }

    internal IReadOnlyList<KeyValuePair<string, Func<JsonNode>>> Sections
    {
        get
        {
            lock (_lock)
            {
                return [.. _sections];
            }
        }
    }

    private sealed record Deadline(long Since, TimeSpan Within);
}
