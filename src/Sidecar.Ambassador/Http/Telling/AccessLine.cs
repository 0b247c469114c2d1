using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Caching;

namespace Sidecar.Ambassador.Http.Telling;

/// <summary>Writes the line of one request. The values of its query are not shown: they are where secrets end up.</summary>
internal sealed class AccessLine : IDisposable
{
    private const int MaxPath = 1024;
    private const int MaxQuery = 512;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    public AccessLine() => _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <returns>Holds until the next line is written.</returns>
    public ReadOnlySpan<byte> Of(HttpContext context, string route, TraceContext trace, Counted counted, TimeSpan took)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("time"u8, counted.CameAt.UtcDateTime);
        _json.WriteString("source"u8, "access"u8);
        _json.WriteString("route"u8, route);
        _json.WriteString("trace_id"u8, trace.TraceId(context.Request.Headers));
        _json.WriteString("request_id"u8, TraceContext.RequestIdOf(context));
        WriteRequest(context);
        _json.WriteNumber("status"u8, context.Response.StatusCode);
        if (GrpcCalls.StatusOf(context) is { } grpc) _json.WriteNumber("grpc_status"u8, grpc);
        if (context.RequestAborted.IsCancellationRequested) _json.WriteBoolean("cut"u8, value: true);
        WriteTries(trace);
        _json.WriteNumber("bytes_in"u8, counted.BytesIn);
        _json.WriteNumber("bytes_out"u8, counted.BytesOut);
        _json.WriteNumber("duration_ms"u8, Math.Round(took.TotalMilliseconds, 3));
        WriteContext(context, trace);
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        return _buffer.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();

    private void WriteRequest(HttpContext context)
    {
        var target = RequestTarget.Of(context);
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        _json.WriteString("method"u8, context.Request.Method);
        _json.WriteString("path"u8, path.AsSpan(0, Math.Min(path.Length, MaxPath)));
        if (query >= 0) _json.WriteString("query"u8, NamesIn(target.AsSpan(query + 1)));
    }

    private void WriteTries(TraceContext trace)
    {
        _json.WriteNumber("tries"u8, trace.Tries);
        if (trace.Endpoint is { } endpoint) _json.WriteString("endpoint"u8, endpoint.Origin.ToString());
        if (trace.Endpoint != null) _json.WriteString("address"u8, trace.Endpoint.Address.ToString());
        if (trace.Why is { } why) _json.WriteString("why"u8, why);
        if (trace.AnsweredAfter is { } after) _json.WriteNumber("answer_ms"u8, Math.Round(after.TotalMilliseconds, 3));
        if (trace.Cached is { } cached) _json.WriteString("cache"u8, cached.Text());
        if (trace.Fault is not { } fault) return;
        _json.WriteString("fault"u8, fault.Text());
        if (trace.FaultWords is { } words) _json.WriteString("reason"u8, words);
    }

    private void WriteContext(HttpContext context, TraceContext trace)
    {
        if (trace.Context is not { } headers) return;
        _json.WriteStartObject("context"u8);
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers.Value(i, context.Request.Headers) is { } value) _json.WriteString(headers.Name(i), value);
        }

        _json.WriteEndObject();
    }

    private static string NamesIn(ReadOnlySpan<char> query)
    {
        var names = new StringBuilder();
        foreach (var range in query.Split('&'))
        {
            if (names.Length > MaxQuery) break;
            var part = query[range];
            var equals = part.IndexOf('=');
            if (names.Length > 0) names.Append('&');
            // What stands alone may be a value as well as a name.
            if (equals >= 0) names.Append(part[..Math.Min(equals, MaxQuery)]).Append('=');
            names.Append("***");
        }

        return names.ToString();
    }
}
