using System.Text.Json.Nodes;

namespace Sidecar.Hosting.Work;

/// <summary>What the agent says of itself: whether it is ready, what troubles it, and what stands on its status page.</summary>
public sealed class AgentState(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Condition> _conditions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, Func<JsonNode>>> _sections = [];

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>True from the stop signal, or the drain call, on.</summary>
    public bool IsDraining { get; internal set; }

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
}
