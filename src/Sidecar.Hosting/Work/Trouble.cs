namespace Sidecar.Hosting.Work;

/// <summary>One kind of outside trouble, with since when and why.</summary>
public sealed class Trouble(string name, TimeProvider time)
{
    private volatile Episode? _episode;

    public string Name => name;

    public bool IsOn => _episode is not null;

    public string? Reason => _episode?.Reason;

    public DateTimeOffset? Since => _episode?.Since;

    /// <summary>Says that it is there. The first call of an episode dates it; later ones only renew the reason.</summary>
    /// <returns>True when this is the change, the moment to log.</returns>
    public bool Begin(string reason)
    {
        var before = _episode;
        _episode = new Episode(reason, before?.Since ?? time.GetUtcNow());
        return before is null;
    }

    /// <returns>True when this is the change, the moment to log.</returns>
    public bool End()
    {
        var before = _episode;
        _episode = null;
        return before is not null;
    }

    private sealed record Episode(string Reason, DateTimeOffset Since);
}
