using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sidecar.Testing.CloudWatch;

/// The shapes of names, tags and days in requests.
internal static partial class NameRules
{
    private static readonly HashSet<long> RetentionDays =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    public static string Group(JsonElement request)
    {
        var name = Required(request, "logGroupName");
        if (!GroupName().IsMatch(name))
            throw Invalid($"1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+");
        if (name.StartsWith("aws/", StringComparison.Ordinal))
            throw Invalid("Log groups starting with AWS/ are reserved for AWS.");
        return name;
    }

    public static string Stream(JsonElement request)
    {
        var name = Required(request, "logStreamName");
        if (!StreamName().IsMatch(name))
            throw Invalid($"1 validation error detected: Value '{name}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*");
        return name;
    }

    public static int Retention(JsonElement request)
    {
        if (!request.TryGetProperty("retentionInDays", out var value) || !value.TryGetInt32(out var days) || !RetentionDays.Contains(days))
            throw Invalid("1 validation error detected: Value at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set");
        return days;
    }

    public static IReadOnlyDictionary<string, string> Tags(JsonElement request)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!request.TryGetProperty("tags", out var given))
            return tags;
        foreach (var tag in given.EnumerateObject())
        {
            if (!TagKey().IsMatch(tag.Name) || !TagValue().IsMatch(tag.Value.GetString()!))
                throw Invalid($"The tag {tag.Name} is not valid.");
            tags.Add(tag.Name, tag.Value.GetString()!);
        }

        if (tags.Count is 0 or > 50)
            throw Invalid("1 validation error detected: Value at 'tags' failed to satisfy constraint: Map must have between 1 and 50 entries");
        return tags;
    }

    public static string? Optional(JsonElement request, string property) =>
        request.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Required(JsonElement request, string property)
    {
        var value = Optional(request, property)
            ?? throw Invalid($"1 validation error detected: Value null at '{property}' failed to satisfy constraint: Member must not be null");
        if (value.Length is 0 or > 512)
            throw Invalid($"1 validation error detected: Value '{value}' at '{property}' failed to satisfy constraint: Member must have length between 1 and 512");
        return value;
    }

    private static ServiceErrorException Invalid(string message) => new(ServiceError.InvalidParameter(message));

    [GeneratedRegex(@"\A[.\-_/#A-Za-z0-9]+\z")]
    private static partial Regex GroupName();

    [GeneratedRegex(@"\A[^:*]*\z")]
    private static partial Regex StreamName();

    [GeneratedRegex(@"\A[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}\z")]
    private static partial Regex TagKey();

    [GeneratedRegex(@"\A[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}\z")]
    private static partial Regex TagValue();
}
