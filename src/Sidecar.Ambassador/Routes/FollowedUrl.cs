namespace Sidecar.Ambassador.Routes;

/// <summary>The user name and password in a route's URL, which may come from a file that changes. One that can't be read leaves them as they were.</summary>
internal sealed class FollowedUrl(Func<string> url, (string? Username, string Password) first)
{
    private volatile Tuple<string, (string? Username, string Password)> _last = Tuple.Create("", first);

    public (string? Username, string Password) Read()
    {
        var text = url();
        var last = _last;
        if (text == last.Item1) return last.Item2;
        var isRead = UpstreamUrlParser.TryParse(text, out var urls, out _) && urls[0].Password != null;
        _last = Tuple.Create(text, isRead ? (urls![0].Username, urls[0].Password!) : last.Item2);
        return _last.Item2;
    }
}
