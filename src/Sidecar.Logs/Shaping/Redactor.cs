using System.Text;
using System.Text.RegularExpressions;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Shaping;

/// Takes secrets out of messages before anything else sees them: each becomes three stars, or fewer where it is shorter, so that no
/// message grows. Of a pattern with groups only what they match is taken out. One thread at a time.
internal sealed class Redactor(IReadOnlyList<SecretKind> kinds, IReadOnlyList<UserPattern> patterns, Lazy<CharText> text)
{
    // A secret that a cut would part is looked for so far before the cut.
    private const int CutSearch = 4096;

    private static readonly byte[] Stars = "***"u8.ToArray();

    private readonly List<(int Start, int Length)> _found = [];

    /// The message itself when there is no secret in it.
    public ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> message, MessageRoom room, ref ShapingCounts counts)
    {
        _found.Clear();
        foreach (var kind in kinds)
        {
            var before = _found.Count;
            SecretScan.FindAll(kind, message.Span, _found);
            counts.AddSecrets(kind, _found.Count - before);
        }

        message = Replace(message, room);
        foreach (var pattern in patterns)
        {
            Find(pattern.Regex, message.Span, ref counts);
            message = Replace(message, room);
        }

        return message;
    }

    /// A place at which to cut a long line, up to the given one, at which a secret is less likely to be parted.
    public static int CutBefore(ReadOnlySpan<byte> line, int length)
    {
        for (var at = length; at > 1 && at > length - CutSearch; at--)
        {
            if (line[at - 1] is (byte)' ' or (byte)'\t' && line[at - 2] is not ((byte)':' or (byte)'=' or (byte)'r' or (byte)'R') && !char.IsAsciiDigit((char)line[at - 2]))
                return at;
        }

        return length;
    }

    private ReadOnlyMemory<byte> Replace(ReadOnlyMemory<byte> message, MessageRoom room)
    {
        if (_found.Count == 0)
            return message;

        _found.Sort();
        var from = message.Span;
        var into = room.Reserve(message.Length).Span;
        var written = 0;
        var read = 0;
        foreach (var (start, length) in _found)
        {
            var end = start + length;
            if (end <= read)
                continue;
            // Where two overlap, the second goes on with the stars of the first.
            if (start >= read)
            {
                from[read..start].CopyTo(into[written..]);
                written += start - read;
                var stars = Math.Min(length, Stars.Length);
                Stars.AsSpan(0, stars).CopyTo(into[written..]);
                written += stars;
            }

            read = end;
        }

        from[read..].CopyTo(into[written..]);
        written += from.Length - read;
        _found.Clear();
        return room.Keep(written);
    }

    private void Find(Regex regex, ReadOnlySpan<byte> message, ref ShapingCounts counts)
    {
        var chars = text.Value.Of(message);
        var hasGroups = regex.GetGroupNumbers().Length > 1;
        var places = new BytePlaces(chars);
        foreach (var match in regex.EnumerateMatches(chars))
        {
            if (hasGroups)
            {
                FindGroups(regex, chars, ref counts);
                return;
            }

            Add(ref places, match.Index, match.Length, ref counts);
        }
    }

    private void FindGroups(Regex regex, ReadOnlySpan<char> chars, ref ShapingCounts counts)
    {
        var places = new BytePlaces(chars);
        for (var match = regex.Match(chars.ToString()); match.Success; match = match.NextMatch())
        {
            var groups = match.Groups.Values.Skip(1).Where(group => group.Success).OrderBy(group => group.Index).ToList();
            foreach (var group in groups)
                Add(ref places, group.Index, group.Length, ref counts);
            if (groups.Count == 0)
                Add(ref places, match.Index, match.Length, ref counts);
        }
    }

    private void Add(ref BytePlaces places, int index, int length, ref ShapingCounts counts)
    {
        if (length == 0)
            return;

        var start = places.Of(index, isEnd: false);
        _found.Add((start, places.Of(index + length, isEnd: true) - start));
        counts.Patterns++;
    }

    /// Where a character stands in the bytes. Cheap as long as it is asked in order.
    private ref struct BytePlaces(ReadOnlySpan<char> chars)
    {
        private readonly ReadOnlySpan<char> _chars = chars;
        private int _index;
        private int _bytes;

        public int Of(int index, bool isEnd)
        {
            // Half a surrogate pair is taken out as the whole.
            if (index > 0 && index < _chars.Length && char.IsSurrogatePair(_chars[index - 1], _chars[index]))
                index += isEnd ? 1 : -1;
            if (index < _index)
                _index = _bytes = 0;
            _bytes += Encoding.UTF8.GetByteCount(_chars[_index..index]);
            _index = index;
            return _bytes;
        }
    }
}
