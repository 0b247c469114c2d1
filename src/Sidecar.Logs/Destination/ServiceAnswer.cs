using System.Net;
using System.Text.Json;

namespace Sidecar.Logs.Destination;

/// What the service answered: a success with its JSON, or an error with its bare type and message.
internal sealed record ServiceAnswer(HttpStatusCode Status, string? ErrorType, string Message, byte[] Body, DateTimeOffset? ServerTime)
{
    private const int MaxBodyBytes = 64 * 1024;
    private const int MaxMessageChars = 300;

    public bool IsSuccess => ErrorType is null;

    public static async Task<ServiceAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(response.Content, cancellationToken);
        if (response.IsSuccessStatusCode)
            return new ServiceAnswer(response.StatusCode, null, "", body, response.Headers.Date);

        var (type, message) = ReadError(body);
        if (response.Headers.TryGetValues("x-amzn-ErrorType", out var header))
            type ??= header.First();
        message ??= response.ReasonPhrase ?? "";
        return new ServiceAnswer(
            response.StatusCode, type is null ? "" : Bare(type), message.Length <= MaxMessageChars ? message : message[..MaxMessageChars],
            body, response.Headers.Date);
    }

    /// `ns#Type:url` is how the protocols may dress a type; only `Type` counts.
    public static string Bare(string type)
    {
        var name = type.AsSpan();
        if (name.IndexOf(':') is >= 0 and var colon)
            name = name[..colon];
        return name[(name.LastIndexOf('#') + 1)..].Trim().ToString();
    }

    /// The property of a JSON object, whatever else the body is: a proxy may answer in the service's place.
    public bool TryParse(out JsonDocument document)
    {
        try
        {
            document = JsonDocument.Parse(Body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return true;
            document.Dispose();
        }
        catch (JsonException)
        {
        }

        document = null!;
        return false;
    }

    public override string ToString() => ErrorType switch
    {
        null => $"{(int)Status}",
        "" => $"{(int)Status} {Message}".TrimEnd(),
        _ => $"{ErrorType}: {Message}",
    };

    private static (string? Type, string? Message) ReadError(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return (null, null);
            return (Text(document.RootElement, "__type") ?? Text(document.RootElement, "code"),
                Text(document.RootElement, "message") ?? Text(document.RootElement, "Message"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A stranger in the service's place may answer with anything of any size; the service itself needs a few hundred bytes.
    private static async Task<byte[]> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = new byte[1024];
        var length = 0;
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        while (await stream.ReadAsync(buffer.AsMemory(length), cancellationToken) is > 0 and var read)
        {
            length += read;
            if (length == MaxBodyBytes)
                break;
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }

        return buffer[..length];
    }
}
