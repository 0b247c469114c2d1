using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Ambassador.Http.Faults;

namespace Sidecar.Ambassador.Http;

/// <summary>gRPC lives on HTTP/2: its status is a trailer, and both sides stream at once.</summary>
internal static class GrpcCalls
{
    private const int Unknown = 2;
    private const int DeadlineExceeded = 4;
    private const int PermissionDenied = 7;
    private const int ResourceExhausted = 8;
    private const int Unimplemented = 12;
    private const int Internal = 13;
    private const int Unavailable = 14;
    private const int DataLoss = 15;

    private const string Status = "grpc-status";

    public static bool Is(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    /// <summary>Says a failure as a gRPC service would: an answer of headers alone, whose HTTP status is no part of it.</summary>
    public static void Answer(HttpContext context, Failure failure, string words)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = context.Request.ContentType;
        response.Headers[Status] = StatusOf(failure).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Encode(words);
    }

    /// <summary>The status of the call, which stands in the trailers, or in the headers when there is nothing else; null for what is no gRPC call or has none.</summary>
    public static int? StatusOf(HttpContext context)
    {
        if (!Is(context.Request)) return null;
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var status = trailers != null && trailers.TryGetValue(Status, out var last) ? last : context.Response.Headers[Status];
        return int.TryParse(status.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
    }

    /// <summary>The status that counts: HTTP's, or where gRPC says 200 and means something else what HTTP would have said (OpenTelemetry's classes of gRPC's errors).</summary>
    public static int CountedStatus(HttpContext context) => context.Response.StatusCode != StatusCodes.Status200OK
        ? context.Response.StatusCode
        : StatusOf(context) switch
        {
            null or 0 => StatusCodes.Status200OK,
            Unknown or DeadlineExceeded or Unimplemented or Internal or Unavailable or DataLoss => StatusCodes.Status500InternalServerError,
            _ => StatusCodes.Status400BadRequest,
        };

    private static int StatusOf(Failure failure) => failure switch
    {
        { Error: ProxyError.ConnectionLimitReached } => ResourceExhausted,
        { Error: ProxyError.HttpResponseTimeout } => DeadlineExceeded,
        _ => failure.Status switch
        {
            StatusCodes.Status403Forbidden => PermissionDenied,
            StatusCodes.Status429TooManyRequests or StatusCodes.Status413PayloadTooLarge => ResourceExhausted,
            StatusCodes.Status408RequestTimeout or StatusCodes.Status504GatewayTimeout => DeadlineExceeded,
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable => Unavailable,
            StatusCodes.Status404NotFound or StatusCodes.Status501NotImplemented => Unimplemented,
            StatusCodes.Status400BadRequest => Internal,
            _ => Unknown,
        },
    };

    // Printable ASCII as it is, the rest as %XX of its UTF-8.
    private static string Encode(string words)
    {
        var encoded = new StringBuilder(words.Length);
        foreach (var b in Encoding.UTF8.GetBytes(words))
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'%') encoded.Append((char)b);
            else encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
