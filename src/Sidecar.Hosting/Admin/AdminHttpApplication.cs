using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Sidecar.Hosting.Admin;

/// <summary>
/// Joins Kestrel to our endpoints without the rest of ASP.NET: no routing, no middleware, no diagnostics, since the admin
/// port has to cost next to nothing.
/// </summary>
internal sealed partial class AdminHttpApplication(AdminEndpoints endpoints, ILogger<AdminHttpApplication> logger) : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await endpoints.AnswerAsync(context);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException or SocketException)
        {
            // The caller left; kubelet closes after 10 KiB.
        }
        catch (Exception e)
        {
            Log.Broke(logger, e, context.Request.Path);
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    private static partial class Log
    {
        [LoggerMessage(1021, LogLevel.Error, "The admin port could not answer '{Path}'.")]
        public static partial void Broke(ILogger logger, Exception exception, string path);
    }
}
