namespace Sidecar.Hosting.Work;

/// <summary>One kind of outside trouble, with since when and why.</summary>
/// <param name="remedy">What a person does about it, unless an episode has a better idea.</param>
/// <param name="changed">Called when it begins and when it ends.</param>
public sealed class Trouble(string name, TimeProvider time, string? remedy = null, Action? changed = null)
{
    private volatile Episode? _episode;

    public string Name => name;

    public bool IsOn => _episode is not null;

    public string? Reason => _episode?.Reason;

    public DateTimeOffset? Since => _episode?.Since;

    internal (string Reason, DateTimeOffset Since, string? Remedy)? Now => _episode is { } now ? (now.Reason, now.Since, now.Remedy) : null;

    /// <summary>Says that it is there. The first call of an episode dates it; later ones only renew the reason.</summary>
    /// <param name="instead">What a person does about this reason, where the usual does not help.</param>
    /// <returns>True when this is the change, the moment to log.</returns>
    public bool Begin(string reason, string? instead = null)
    {
        var before = _episode;
        _episode = new Episode(reason, instead ?? remedy, before?.Since ?? time.GetUtcNow());
        if (before is null)
        {
            changed?.Invoke();
        }

        return before is null;
    }

    /// <returns>True when this is the change, the moment to log.</returns>
    public bool End()
    {
        var before = _episode;
        _episode = null;
        if (before is not null)
        {
            changed?.Invoke();
        }

        return before is not null;
    }

    private sealed record Episode(string Reason, string? Remedy, DateTimeOffset Since);
}
