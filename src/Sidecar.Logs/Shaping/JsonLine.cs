using System.Text;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Shaping;

/// Gives the fields of a JSON line the names that they have everywhere: timestamp, level, service, request_id, trace_id, message.
/// Only names change, the level is spelled as everywhere, and a trace that only `traceparent` names gets its field; all else stays as it
/// is, byte for byte. One thread at a time.
internal sealed class JsonLine(int maxLength)
{
    private static readonly FieldName[] Common =
        [FieldName.Level, FieldName.Service, FieldName.RequestId, FieldName.TraceId, FieldName.Timestamp, FieldName.Message];

    // By the number of the name: whether a field bears it, and where the first one is that stands for it.
    private readonly bool[] _isNamed = new bool[FieldName.CommonNames];
    private readonly (int At, int Length)[] _aliases = new (int, int)[FieldName.CommonNames];
    private readonly List<(int At, int Length, string With)> _edits = [];
    // Where a field with W3C's header begins, or 0, and its trace id.
    private (int At, int IdAt) _parent;

    /// False when it is no JSON object. Otherwise the message is what is to be sent.
    public bool TryRename(ref ReadOnlyMemory<byte> message, MessageRoom room)
    {
        Array.Clear(_isNamed);
        Array.Clear(_aliases);
        _edits.Clear();
        _parent = default;
        var text = message.Span;
        if (text[0] != '{')
            return false;

        var fields = new JsonFields(text);
        while (fields.TryNext())
            Look(fields);
        if (!fields.IsWhole)
            return false;

        foreach (var name in Common)
        {
            if (!_isNamed[name.Number] && _aliases[name.Number] is { At: > 0 } alias)
                _edits.Add((alias.At, alias.Length, name.Text));
        }

        if (_parent.At > 0 && !_isNamed[FieldName.TraceId.Number] && _aliases[FieldName.TraceId.Number].At == 0)
            _edits.Add((_parent.At, 0, $"\"{FieldName.TraceId}\":\"{Encoding.ASCII.GetString(text.Slice(_parent.IdAt, IdScan.TraceIdLength))}\","));

        if (_edits.Count > 0)
            message = Edit(message, room);
        return true;
    }

    private void Look(in JsonFields fields)
    {
        if (fields.IsString && fields.Name.SequenceEqual(IdScan.Parent) && IdScan.TryReadParent(fields.Text, out var id))
            _parent = (fields.NameAt - 1, fields.ValueAt + 1 + id);
        if (CommonName.Of(fields.Name) is not { } name || fields.Value[0] is (byte)'{' or (byte)'[')
            return;

        if (fields.Name.SequenceEqual(name.Utf8.Span))
            _isNamed[name.Number] = true;
        else if (_aliases[name.Number].At > 0)
            return;
        else
            _aliases[name.Number] = (fields.NameAt, fields.Name.Length);
        if (name != FieldName.Level)
            return;

        var level = fields.IsString ? LevelName.Of(fields.Text) : LevelName.OfNumber(fields.Value);
        if (level is not null && !(fields.IsString && System.Text.Ascii.Equals(fields.Text, level)))
            _edits.Add((fields.ValueAt, fields.ValueEnd - fields.ValueAt, $"\"{level}\""));
    }

    private ReadOnlyMemory<byte> Edit(ReadOnlyMemory<byte> message, MessageRoom room)
    {
        var length = message.Length;
        foreach (var edit in _edits)
            length += edit.With.Length - edit.Length;
        if (length > maxLength)
            return message;

        _edits.Sort(static (one, other) => one.At.CompareTo(other.At));
        var from = message.Span;
        var into = room.Reserve(length).Span;
        var read = 0;
        var written = 0;
        foreach (var (at, old, with) in _edits)
        {
            from[read..at].CopyTo(into[written..]);
            written += at - read;
            written += Encoding.ASCII.GetBytes(with, into[written..]);
            read = at + old;
        }

        from[read..].CopyTo(into[written..]);
        return room.Keep(length);
    }
}
