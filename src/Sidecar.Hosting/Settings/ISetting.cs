namespace Sidecar.Hosting.Settings;

/// <summary>One entry of the schema: everything that is said about a variable, in one place.</summary>
public interface ISetting
{
    /// <summary>The variable, for example <c>LOGS_GROUP</c>, or for a named kind's setting <c>ADAPTER_PROBE_&lt;NAME&gt;_INTERVAL</c>.</summary>
    string Variable { get; }

    string Meaning { get; }

    /// <summary>What a value looks like, for example "a duration".</summary>
    string Form { get; }

    /// <summary>The default as a user would write it; null when unset is the default.</summary>
    string? DefaultText { get; }

    string? Example { get; }

    /// <summary>A secret is never printed and can also be given as <c>X_FILE</c>.</summary>
    bool IsSecret { get; }

    /// <summary>The kind whose things this setting belongs to; null for a setting of the agent.</summary>
    NamedKind? Kind { get; }

    /// <summary>The variable that sets it for all things of its kind at once; null where that makes no sense.</summary>
    string? SharedVariable { get; }

    /// <summary>The protocols of a thing to which the setting applies; empty means all.</summary>
    IReadOnlyList<string> AppliesTo { get; }

    /// <summary>Variables that set it in older releases: understood for two minor versions, with a warning.</summary>
    IReadOnlyList<string> FormerVariables { get; }

    /// <summary>Reads a value. Never throws: a value of the wrong form comes back as what was expected.</summary>
    Parsed<object?> Read(string text);
}
