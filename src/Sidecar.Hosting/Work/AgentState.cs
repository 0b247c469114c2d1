using System.Text.Json.Nodes;

namespace Sidecar.Hosting.Work;

/// <summary>What the agent says of itself: whether it is ready, what troubles it, and what stands on its status page.</summary>
public sealed class AgentState(TimeProvider time)
{
    /// <summary>Stands in an answer of /readyz that is 503 only because of a withdrawal, so that a verdict that asks us does not hold itself down.</summary>
    public const string WithdrawnHeader = "Sidecar-Withdrawn";

    private volatile Deadline? _deadline;
    private volatile bool _isAppGone;
    private volatile Func<string>? _lastWords;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Condition> _conditions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);
    private readonly List<StatusSection> _sections = [];
    private readonly List<Series> _figures = [];
    private readonly List<Func<IEnumerable<Problem>>> _findings = [];
    private volatile bool _isDraining;

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>True from the stop signal, or the drain call, on.</summary>
    public bool IsDraining
    {
        get => _isDraining;
        internal set
        {
            _isDraining = value;
            HasChanged();
        }
    }

    /// <summary>What another's verdict asks for while it lasts: the agent is not ready, and those it serves had better leave. All is served meanwhile.</summary>
    public Trouble Withdrawal { get; } = new("drain-on", time);

    /// <summary>True while those the agent serves had better go elsewhere.</summary>
    public bool IsLeaving => IsDraining || Withdrawal.IsOn;

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
                _conditions[name] = condition = new Condition(name, HasChanged);
            }

            return condition;
        }
    }

    /// <summary>Outside trouble: shown in bodies, status and a metric, but it never turns readiness. The same name gives the same trouble.</summary>
    /// <param name="remedy">What a person does about it.</param>
    public Trouble Degraded(string name, string? remedy = null)
    {
        lock (_lock)
        {
            if (!_troubles.TryGetValue(name, out var trouble))
            {
                _troubles[name] = trouble = new Trouble(name, time, remedy, HasChanged);
            }

            return trouble;
        }
    }

    /// <summary>Adds a part to /status. <paramref name="status"/> is called for each request, from any thread.</summary>
    /// <param name="tables">How the page shows it; it shows whatever is there when there are none.</param>
    public void Section(string name, Func<JsonNode> status, params StatusTable[] tables)
    {
        lock (_lock)
        {
            _sections.Add(new StatusSection(name, status, tables));
        }
    }

    /// <summary>Shows how many of something there are a second. <paramref name="count"/> is read from any thread, and has to be cheap.</summary>
    public void Rate(string name, string unit, Func<long> count) => Figure(new Series(name, unit + "/s", isRate: true, count));

    /// <summary>Shows how much of something there is. <paramref name="read"/> is called from any thread, and has to be cheap.</summary>
    public void Level(string name, string unit, Func<long> read) => Figure(new Series(name, unit, isRate: false, read));

    /// <summary>Adds what is wrong with what the agent watches. <paramref name="find"/> is called from any thread, takes no lock, and is cheap.</summary>
    public void Finds(Func<IEnumerable<Problem>> find)
    {
        lock (_lock)
        {
            _findings.Add(find);
        }
    }

    /// <summary>Says that something may be wrong now, or be well again, so that the time is right of what is remembered of it.</summary>
    public void HasChanged() => Changed?.Invoke();

    internal event Action? Changed;

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

    internal IReadOnlyList<StatusSection> Sections
    {
        get
        {
            lock (_lock)
            {
                return [.. _sections];
            }
        }
    }

    internal IReadOnlyList<Series> Figures
    {
        get
        {
            lock (_lock)
            {
                return [.. _figures];
            }
        }
    }

    internal IReadOnlyList<Func<IEnumerable<Problem>>> Findings
    {
        get
        {
            lock (_lock)
            {
                return [.. _findings];
            }
        }
    }

    private void Figure(Series series)
    {
        lock (_lock)
        {
            _figures.Add(series);
        }
    }

    private sealed record Deadline(long Since, TimeSpan Within);
}
