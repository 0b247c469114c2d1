namespace Sidecar.Hosting.Settings;

/// <summary>The outcome of reading a value: the value, or what was expected instead.</summary>
public readonly record struct Parsed<T>(T Value, string? Expected)
{
    public bool IsRight => Expected is null;
}

/// <summary>Short names for the two outcomes.</summary>
public static class Parsed
{
    public static Parsed<T> Right<T>(T value) => new(value, null);

    public static Parsed<T> Wrong<T>(string expected) => new(default!, expected);
}
