using System.Diagnostics.CodeAnalysis;

namespace Sidecar.Adapter.Probes.Http;

/// Where an answer sends us, be it a URL or not.
internal sealed class Redirect
{
    private const int MaxShownChars = 80;

    private readonly Uri? _location;
    private readonly string _text;

    private Redirect(Uri? location, string text)
    {
        _location = location;
        _text = text;
    }

    /// Null when it names nothing.
    public static Redirect? Of(HttpResponseMessage answer)
    {
        // As it came, because what can't be read as a URL is no location to the client.
        var text = answer.Headers.NonValidated.TryGetValues("Location", out var values) ? values.First() : "";
        return text.Length > 0 ? new Redirect(answer.Headers.Location, text) : null;
    }

    public bool TryFollow(Uri from, [NotNullWhen(true)] out Uri? to)
    {
        to = null;
        return _location is not null && Uri.TryCreate(from, _location, out to);
    }

    /// For a reason, which anyone may read: without the query, which may hold a token, and without a password.
    public override string ToString()
    {
        var end = _text.AsSpan().IndexOfAny('?', '#');
        var address = end < 0 ? _text : _text[..end];
        return address.Contains('@', StringComparison.Ordinal) ? "an address with a password" : Excerpt.Of(address, MaxShownChars);
    }
}
