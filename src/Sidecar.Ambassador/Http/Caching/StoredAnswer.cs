using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// An answer that is kept. It never changes: one that the service says still holds is replaced by another with the same body.
/// </summary>
internal sealed class StoredAnswer
{
    // What the objects around the bytes take, rounded up.
    private const int Overhead = 800;

    public required string Key { get; init; }

    public required int Status { get; init; }

    public required KeyValuePair<string, StringValues>[] Headers { get; init; }

    public required BodyChunks Body { get; init; }

    /// <summary>What a request has to have in these headers for the answer to be its own.</summary>
    public required KeyValuePair<string, string>[] VaryOn { get; init; }

    public required CacheControl Control { get; init; }

    public required Freshness Freshness { get; init; }

    public string? ETag { get; init; }

    public string? LastModified { get; init; }

    /// <summary>Where it stands in the order of use; set and read by the store alone.</summary>
    public LinkedListNode<StoredAnswer>? Place { get; set; }

    public bool HasValidator => ETag != null || LastModified != null;

    /// <summary>What it takes beside its body.</summary>
    public int HeadBytes { get; private init; }

    /// <param name="status">Of the answer that the body belongs to.</param>
    /// <param name="headers">Without what is of one connection only.</param>
    public static StoredAnswer Of(string key, int status, IHeaderDictionary headers, BodyChunks body, IHeaderDictionary request, Freshness freshness, DateTimeOffset now)
    {
        var kept = new List<KeyValuePair<string, StringValues>>(headers.Count);
        var bytes = Overhead + (2 * key.Length);
        foreach (var header in headers)
        {
            if (StoredHeaders.IsLeftOut(header.Key)) continue;
            kept.Add(header);
            bytes += Size(header.Key, header.Value.ToString());
        }

        if (headers.Date.Count == 0) kept.Add(new(HeaderNames.Date, HeaderUtilities.FormatDate(now)));
        var varyOn = VaryOf(headers, request);
        foreach (var (name, value) in varyOn) bytes += Size(name, value);
        return new StoredAnswer
        {
            Key = key,
            Status = status,
            Headers = [.. kept],
            Body = body,
            VaryOn = varyOn,
            Control = CacheControl.Parse(headers.CacheControl),
            Freshness = freshness,
            ETag = Text(headers.ETag),
            LastModified = Text(headers.LastModified),
            HeadBytes = bytes,
        };
    }

    public bool IsFor(IHeaderDictionary request)
    {
        foreach (var (name, value) in VaryOn)
        {
            if (request[name].ToString() != value) return false;
        }

        return true;
    }

    public bool IsSameVariantAs(StoredAnswer other) => VaryOn.AsSpan().SequenceEqual(other.VaryOn);

    private static KeyValuePair<string, string>[] VaryOf(IHeaderDictionary headers, IHeaderDictionary request) =>
        [.. headers.GetCommaSeparatedValues(HeaderNames.Vary).Select(name => name.Trim().ToLowerInvariant()).Where(name => name.Length > 0)
            .Distinct().Order(StringComparer.Ordinal).Select(name => new KeyValuePair<string, string>(name, request[name].ToString()))];

    private static int Size(string name, string value) => 64 + (2 * (name.Length + value.Length));

    private static string? Text(StringValues values) => StringValues.IsNullOrEmpty(values) ? null : values.ToString();
}
