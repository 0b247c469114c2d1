using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http.Telling;

/// <summary>
/// Headers that say in which context a request is made, such as a tenant: they stand in its span and its line of the access log. What
/// looks like a secret is never shown.
/// </summary>
internal sealed class ContextHeaders(IReadOnlyList<string> names)
{
    private const string Mask = "***";
    private const int MaxLength = 256;

    private static readonly string[] SecretWords = ["auth", "cookie", "token", "secret", "passw", "key", "credential", "signature", "session", "jwt"];

    private readonly bool[] _isSecret = [.. names.Select(name => SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))];

    public int Count => names.Count;

    public string Name(int index) => names[index];

    /// <summary>What may be shown of it; null when the request has none.</summary>
    public string? Value(int index, IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(names[index], out var values) || values.Count == 0) return null;
        var value = values.ToString();
        if (_isSecret[index] || IsToken(value)) return Mask;
        return value.Length > MaxLength ? value[..MaxLength] : value;
    }

    // A log-in in a header that does not sound like one.
    private static bool IsToken(string value) =>
        value.StartsWith("eyJ", StringComparison.Ordinal) || value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
        || value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);
}
