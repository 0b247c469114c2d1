namespace Sidecar.Hosting.Settings;

/// <summary>One thing that is wrong with the settings: the variable, the value (masked if secret), what is expected, an example.</summary>
public sealed record Fault(string Variable, string? Value, string Expected, string? Example = null)
{
    private const int MaxValueChars = 200;

    public override string ToString()
    {
        var given = Value is null ? Variable : $"{Variable}={OneLine(Value)}";
        var example = Example is null ? "" : $", for example {Variable}={OneLine(Example)}";
        return $"{given}: {Expected}{example}";
    }

    // A fault is one line, whatever the value holds.
    private static string OneLine(string value)
    {
        var text = value.Length > MaxValueChars ? value[..MaxValueChars] + "..." : value;
        return string.Concat(text.Select(c => c switch
        {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ => char.IsControl(c) ? "?" : c.ToString(),
        }));
    }
}
