using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>What stands behind a listener: a route, or several.</summary>
internal interface IServesRequests
{
    Task ServeAsync(HttpContext context);
}
