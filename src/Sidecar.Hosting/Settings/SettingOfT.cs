namespace Sidecar.Hosting.Settings;

/// <summary>A setting whose value is a <typeparamref name="T"/>. Made by <see cref="Setting"/> and <see cref="NamedKind"/>.</summary>
public sealed class Setting<T> : ISetting
{
    private readonly Func<string, Parsed<T>> _read;

    internal Setting(string variable, string form, string? defaultText, string meaning, Func<string, Parsed<T>> read)
    {
        Variable = variable;
        Form = form;
        DefaultText = defaultText;
        Meaning = meaning;
        _read = read;
        Default = default!;
        if (defaultText is not null)
        {
            var parsed = read(defaultText);
            if (!parsed.IsRight)
            {
                throw new ArgumentException($"{variable}: the default '{defaultText}' is refused by the setting itself: {parsed.Expected}");
            }

            Default = parsed.Value;
        }
    }

    public string Variable { get; }

    public string Meaning { get; }

    public string Form { get; }

    public string? DefaultText { get; }

    /// <summary>The value when nothing is set.</summary>
    public T Default { get; }

    public string? Example { get; init; }

    public bool IsSecret { get; init; }

    public NamedKind? Kind { get; init; }

    public string? SharedVariable { get; init; }

    public IReadOnlyList<string> AppliesTo { get; init; } = [];

    public IReadOnlyList<string> FormerVariables { get; private set; } = [];

    /// <summary>Says how the variable was called before, in full (for a named kind's setting with &lt;NAME&gt; in its place).</summary>
    public Setting<T> FormerlyCalled(params string[] variables)
    {
        FormerVariables = variables;
        return this;
    }

    public Parsed<object?> Read(string text)
    {
        var parsed = _read(text);
        return new Parsed<object?>(parsed.Value, parsed.Expected);
    }

    public override string ToString() => Variable;
}
