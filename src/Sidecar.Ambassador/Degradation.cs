using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Breaking;
using Sidecar.Ambassador.Http.Caching;
using Sidecar.Ambassador.Http.Fallbacks;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>Reads what a route answers with when its service can't, what it keeps for that, and when it lets the service rest.</summary>
internal static class Degradation
{
    private const string DefaultType = "text/plain; charset=utf-8";

    public static CacheOptions? ReadCache(BoundSettings settings, NamedThing thing)
    {
        var (bytes, staleIfError) = (thing.Get(AmbassadorSettings.Cache), thing.Get(AmbassadorSettings.StaleIfError));
        if (bytes > 0) return new CacheOptions(bytes, staleIfError);
        if (staleIfError > TimeSpan.Zero)
            settings.Fault(thing.VariableOf(AmbassadorSettings.Cache), null, "expected beside _STALE_IF_ERROR: what is not kept can't stand in for anything", "64MiB");
        return null;
    }

    public static BreakerOptions? ReadBreaker(NamedThing thing) => thing.Get(AmbassadorSettings.Breaker) is not (> 0 and var percent) ? null : new BreakerOptions(
        percent, thing.Get(AmbassadorSettings.BreakerWindow), thing.Get(AmbassadorSettings.BreakerRequests), thing.Get(AmbassadorSettings.BreakerTime));

    public static Fallback? ReadFallback(BoundSettings settings, NamedThing thing)
    {
        var (status, path, type) = (
            thing.Get(AmbassadorSettings.FallbackStatus), thing.Get(AmbassadorSettings.FallbackBodyFile), thing.Get(AmbassadorSettings.FallbackContentType));
        var pathVariable = thing.VariableOf(AmbassadorSettings.FallbackBodyFile);
        if (type != null && path == null) settings.Fault(pathVariable, null, "expected beside _FALLBACK_CONTENT_TYPE", AmbassadorSettings.FallbackBodyFile.Example);
        if (type != null && type.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            settings.Fault(thing.VariableOf(AmbassadorSettings.FallbackContentType), type, "a media type is expected", AmbassadorSettings.FallbackContentType.Example);
        if ((status == null && path == null) || settings.IsFaulty(pathVariable)) return null;
        return new Fallback(status ?? StatusCodes.Status200OK, path == null ? null : new FollowedFile(path, TimeProvider.System), type ?? DefaultType);
    }
}
