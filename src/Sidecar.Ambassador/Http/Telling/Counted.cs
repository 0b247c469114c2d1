using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sidecar.Ambassador.Http.Telling;

/// <summary>How much of a request and its answer went through, and when it came.</summary>
internal sealed class Counted(DateTimeOffset cameAt, long timestamp)
{
    public DateTimeOffset CameAt => cameAt;

    public long Timestamp => timestamp;

    public long BytesIn { get; set; }

    public long BytesOut { get; set; }

    /// <summary>Counts what is read of the request's body and written of the answer's.</summary>
    public void Watch(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }) context.Request.Body = new CountingStream(context.Request.Body, this);
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade) context.Features.Set<IHttpUpgradeFeature>(new CountedUpgrade(upgrade, this));
        context.Features.Set<IHttpResponseBodyFeature>(new WatchedAnswer(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), piece => BytesOut += piece.Length));
    }

    private sealed class CountedUpgrade(IHttpUpgradeFeature inner, Counted counted) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => new CountingStream(await inner.UpgradeAsync(), counted);
    }
}
