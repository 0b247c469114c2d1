using System.Text;

namespace Sidecar.Logs.Shaping;

/// The fields that were found in a message, mostly as ranges of it. One thread at a time.
internal sealed class FieldList
{
    private const int LongestRemembered = 64;
    private const int MostRemembered = 1000;

    private readonly List<Field> _fields = [];
    private readonly Dictionary<string, FieldName> _names = new(StringComparer.Ordinal);

    public int Count => _fields.Count;

    public Field this[int index] => _fields[index];

    public void Clear() => _fields.Clear();

    public bool Has(FieldName name)
    {
        foreach (var field in _fields)
        {
            if (ReferenceEquals(field.Name, name))
                return true;
        }

        return false;
    }

    /// Names that lines make up are few, or too many to remember.
    public FieldName NameOf(ReadOnlySpan<byte> text)
    {
        Span<char> chars = stackalloc char[LongestRemembered];
        if (text.Length > LongestRemembered)
            return FieldName.Of(Encoding.UTF8.GetString(text));

        chars = chars[..Encoding.UTF8.GetChars(text, chars)];
        if (_names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars, out var name))
            return name;

        name = FieldName.Of(chars.ToString());
        if (_names.Count < MostRemembered)
            _names[name.Text] = name;
        return name;
    }

    /// The first one of a name stays; an empty one is none.
    public void Add(FieldName name, int start, int length) => AddQuoted(name, start, length, isQuoted: false);

    /// What was quoted may hold escapes.
    public void AddQuoted(FieldName name, int start, int length, bool isQuoted)
    {
        if (length > 0 && !Has(name))
            _fields.Add(new Field(name, start, length, isQuoted, null));
    }

    /// The message runs to the end of the event, and may be empty.
    public void AddMessage(int start, int end)
    {
        if (!Has(FieldName.Message))
            _fields.Add(new Field(FieldName.Message, start, end - start, IsQuoted: false, null));
    }

    /// A value that does not stand in the message as such.
    public void AddValue(FieldName name, string value)
    {
        if (!Has(name))
            _fields.Add(new Field(name, 0, 0, IsQuoted: false, value));
    }

    /// The range lies in the message unless the value is given.
    internal readonly record struct Field(FieldName Name, int Start, int Length, bool IsQuoted, string? Value);
}
