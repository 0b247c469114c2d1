using System.Text;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Hosting.Admin;

/// <summary>Writes short bodies: with their length, never cached, and without a body for HEAD.</summary>
public static class Answers
{
    public static Task TextAsync(HttpContext context, string body) => BytesAsync(context, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(body));

    public static async Task BytesAsync(HttpContext context, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}
