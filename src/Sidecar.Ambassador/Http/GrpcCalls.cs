using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>gRPC lives on HTTP/2: its status is a trailer, and both sides stream at once.</summary>
internal static class GrpcCalls
{
    public static bool Is(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);
}
