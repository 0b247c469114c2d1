using System.Buffers;

namespace Sidecar.Logs.Shaping;

/// Finds all secrets of a kind in a message, in one pass over it: what a line holds decides how long that takes, but never by more
/// than its length.
internal static class SecretScan
{
    private const int LongestLocalPart = 128;
    private const int LongestDomain = 255;
    private const int ShortestToken = 8;
    private const int KeyIdLength = 20;
    private const int SecretKeyLength = 40;
    private const int LongestGap = 24;

    private static readonly SearchValues<byte> At = SearchValues.Create("@%"u8);
    private static readonly SearchValues<byte> LocalPart = SearchValues.Create(
        [.. Alphanumeric, .. ".!#$%*+?^_`{|}~-"u8, .. Enumerable.Range(0x80, 0x80).Select(i => (byte)i)]);

    private static readonly SearchValues<byte> Domain = SearchValues.Create([.. Alphanumeric, .. ".-"u8]);
    private static readonly SearchValues<byte> KeyId = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"u8);
    private static readonly SearchValues<byte> SecretKey = SearchValues.Create([.. Alphanumeric, .. "/+="u8]);
    private static readonly SearchValues<byte> Token = SearchValues.Create([.. Alphanumeric, .. "-._~+/="u8]);

    private static byte[] Alphanumeric => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"u8.ToArray();

    public static void FindAll(SecretKind kind, ReadOnlySpan<byte> text, List<(int Start, int Length)> found)
    {
        switch (kind)
        {
            case SecretKind.Email:
                FindEmails(text, found);
                break;
            case SecretKind.Card:
                CardNumber.FindAll(text, found);
                break;
            case SecretKind.AwsKey:
                FindKeyIds(text, found);
                FindSecretKeys(text, found);
                break;
            default:
                var first = found.Count;
                FindBearers(text, found);
                FindWebTokens(text, first, found);
                break;
        }
    }

    private static void FindEmails(ReadOnlySpan<byte> text, List<(int Start, int Length)> found)
    {
        for (var at = 0; text[at..].IndexOfAny(At) is var next and >= 0;)
        {
            at += next;
            // In URLs it is written %40.
            var width = text[at] == '@' ? 1 : text[at..].StartsWith("%40"u8) ? 3 : 0;
            var from = Math.Max(0, at - LongestLocalPart);
            var start = from + text[from..at].LastIndexOfAnyExcept(LocalPart) + 1;
            while (start < at && !char.IsAsciiLetterOrDigit((char)text[start]) && text[start] < 0x80)
                start++;
            var length = width == 0 ? 0 : DomainAt(text[(at + width)..]);
            if (start < at && length > 0)
            {
                length += at + width - start;
                found.Add((start, length));
                at = start + length;
            }
            else
            {
                at++;
            }
        }
    }

    /// The length of `example.com`, or 0.
    private static int DomainAt(ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, LongestDomain)];
        var length = Run(text, Domain);
        while (length > 0 && !char.IsAsciiLetterOrDigit((char)text[length - 1]))
            length--;
        var dot = text[..length].LastIndexOf((byte)'.');
        return dot > 0 && length - dot > 2 && char.IsAsciiLetter((char)text[length - 1]) ? length : 0;
    }

    private static void FindKeyIds(ReadOnlySpan<byte> text, List<(int Start, int Length)> found)
    {
        var needles = new Needles(text, "AKIA"u8, "ASIA"u8);
        for (var at = 0; needles.TryNext(ref at); at++)
        {
            var isBegin = at == 0 || !char.IsAsciiLetterOrDigit((char)text[at - 1]);
            if (isBegin && Run(text[at..Math.Min(text.Length, at + KeyIdLength + 1)], KeyId) == KeyIdLength)
                found.Add((at, KeyIdLength));
        }
    }

    /// Forty characters that nothing tells from a hash but the name before them: aws_secret_access_key, SecretAccessKey, secret-key.
    private static void FindSecretKeys(ReadOnlySpan<byte> text, List<(int Start, int Length)> found)
    {
        var needles = new Needles(text, "ecret"u8, "ECRET"u8);
        for (var at = 0; needles.TryNext(ref at); at++)
        {
            var last = Math.Min(text.Length - SecretKeyLength, at + "ecret".Length + LongestGap);
            for (var start = at + "ecret".Length; start <= last; start++)
            {
                if (text[start - 1] is (byte)'=' or (byte)':' or (byte)' ' or (byte)'"' or (byte)'\''
                    && Run(text[start..Math.Min(text.Length, start + SecretKeyLength + 1)], SecretKey) == SecretKeyLength)
                {
                    found.Add((start, SecretKeyLength));
                    break;
                }
            }
        }
    }

    private static void FindBearers(ReadOnlySpan<byte> text, List<(int Start, int Length)> found)
    {
        var needles = new Needles(text, "earer"u8, "EARER"u8);
        for (var at = 0; needles.TryNext(ref at); at++)
        {
            var start = at + "earer".Length;
            while (start < text.Length && text[start] is (byte)' ' or (byte)':' or (byte)'=' or (byte)'"' or (byte)'\'')
                start++;
            var length = Run(text[start..], Token);
            if (length < ShortestToken || start == at + "earer".Length)
                continue;
            found.Add((start, length));
            at = start + length - 1;
        }
    }

    /// Those that do not follow Bearer, and so were found already.
    private static void FindWebTokens(ReadOnlySpan<byte> text, int bearer, List<(int Start, int Length)> found)
    {
        var bearerEnd = found.Count;
        for (var at = 0; text[at..].IndexOf("eyJ"u8) is var next and >= 0;)
        {
            at += next;
            var length = Run(text[at..], Token);
            while (bearer < bearerEnd && found[bearer].Start + found[bearer].Length <= at)
                bearer++;
            var isFound = bearer < bearerEnd && found[bearer].Start <= at;
            if (!isFound && text.Slice(at, length).Count((byte)'.') >= 2)
                found.Add((at, length));
            at += length;
        }
    }

    private static int Run(ReadOnlySpan<byte> text, SearchValues<byte> of) => text.IndexOfAnyExcept(of) is var end and >= 0 ? end : text.Length;

    /// Two words that are looked for at once. Each is searched for only once over the whole text.
    private ref struct Needles(ReadOnlySpan<byte> text, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private readonly ReadOnlySpan<byte> _one = one;
        private readonly ReadOnlySpan<byte> _other = other;
        private int _nextOne = -1;
        private int _nextOther = -1;

        public bool TryNext(ref int at)
        {
            if (at > _text.Length)
                return false;
            if (_nextOne < at)
                _nextOne = Find(_one, at);
            if (_nextOther < at)
                _nextOther = Find(_other, at);
            at = Math.Min(_nextOne, _nextOther);
            return at < int.MaxValue;
        }

        private readonly int Find(ReadOnlySpan<byte> needle, int from) =>
            _text[from..].IndexOf(needle) is var next and >= 0 ? from + next : int.MaxValue;
    }
}
