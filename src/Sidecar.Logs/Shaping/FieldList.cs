namespace Sidecar.Logs.Shaping;

/// The fields that were found in a message, mostly as ranges of it. One thread at a time.
internal sealed class FieldList
{
    private readonly List<Field> _fields = [];

    public IReadOnlyList<Field> All => _fields;

    public void Clear() => _fields.Clear();

    public bool Has(string name)
    {
        foreach (var field in _fields)
        {
            if (field.Name == name)
                return true;
        }

        return false;
    }

    /// The first one of a name stays; an empty one is none.
    public void Add(string name, int start, int length) => AddQuoted(name, start, length, isQuoted: false);

    /// What was quoted may hold escapes.
    public void AddQuoted(string name, int start, int length, bool isQuoted)
    {
        if (length > 0 && !Has(name))
            _fields.Add(new Field(name, start, length, isQuoted, null));
    }

    /// The message runs to the end of the event, and may be empty.
    public void AddMessage(int start, int end)
    {
        if (!Has("message"))
            _fields.Add(new Field("message", start, end - start, IsQuoted: false, null));
    }

    /// A value that does not stand in the message as such.
    public void AddValue(string name, string value)
    {
        if (!Has(name))
            _fields.Add(new Field(name, 0, 0, IsQuoted: false, value));
    }

    /// The range lies in the message unless the value is given.
    internal readonly record struct Field(string Name, int Start, int Length, bool IsQuoted, string? Value);
}
