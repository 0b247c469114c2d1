using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Testing.CloudWatch;

/// Checks a request's AWS Signature Version 4 as the service does: it computes the signature again from what arrived.
internal sealed class SigV4Verifier(string service, string region, IReadOnlyCollection<StandInCredentials> credentials, TimeProvider time)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    /// Null when the signature is right.
    public ServiceError? Check(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return new ServiceError(400, "MissingAuthenticationTokenException", "Missing Authentication Token");
        if (!TryParse(header, out var accessKey, out var scope, out var signedHeaders, out var signature))
            return new ServiceError(400, "IncompleteSignatureException", "Authorization header is not understood: " + header);

        var known = credentials.FirstOrDefault(c => c.AccessKey == accessKey);
        var token = request.Headers["x-amz-security-token"].ToString();
        if (known is null || token != (known.SessionToken ?? ""))
            return new ServiceError(400, "UnrecognizedClientException", "The security token included in the request is invalid.");
        if (known.ExpiresAt <= time.GetUtcNow())
            return new ServiceError(400, "ExpiredTokenException", "The security token included in the request is expired");

        var amzDate = request.Headers["x-amz-date"].ToString();
        return CheckTime(amzDate)
            ?? CheckScope(scope, amzDate)
            ?? CheckHeaders(request, signedHeaders)
            ?? CheckSignature(request, body, known, scope, signedHeaders, signature);
    }

    private static bool TryParse(string header, out string accessKey, out string[] scope, out string[] signedHeaders, out string signature)
    {
        (accessKey, scope, signedHeaders, signature) = ("", [], [], "");
        if (!header.StartsWith(Algorithm + " ", StringComparison.Ordinal))
            return false;
        foreach (var part in header[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.Split('=', 2) is not [var name, var value])
                return false;
            switch (name)
            {
                case "Credential":
                    var pieces = value.Split('/');
                    (accessKey, scope) = (pieces[0], pieces[1..]);
                    break;
                case "SignedHeaders":
                    signedHeaders = value.Split(';');
                    break;
                case "Signature":
                    signature = value;
                    break;
                default:
                    return false;
            }
        }

        return scope.Length == 4 && signedHeaders.Length > 0 && signature.Length == 64;
    }

    private ServiceError? CheckTime(string amzDate)
    {
        if (!DateTimeOffset.TryParseExact(amzDate, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signed))
            return new ServiceError(400, "IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '" + amzDate + "'.");
        var now = time.GetUtcNow();
        if (signed < now - MaxSkew)
            return ServiceError.InvalidSignature($"Signature expired: {amzDate} is now earlier than {Stamp(now - MaxSkew)} ({Stamp(now)} - 5 min.)");
        if (signed > now + MaxSkew)
            return ServiceError.InvalidSignature($"Signature not yet current: {amzDate} is still later than {Stamp(now + MaxSkew)} ({Stamp(now)} + 5 min.)");
        return null;
    }

    private ServiceError? CheckScope(string[] scope, string amzDate)
    {
        if (scope[0] != amzDate[..8])
            return ServiceError.InvalidSignature($"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope[0]}' != '{amzDate[..8]}'.");
        if (scope[1] != region)
            return ServiceError.InvalidSignature($"Credential should be scoped to a valid region, not '{scope[1]}'.");
        if (scope[2] != service)
            return ServiceError.InvalidSignature($"Credential should be scoped to correct service: '{service}'.");
        return scope[3] == "aws4_request" ? null : ServiceError.InvalidSignature("Credential should be scoped with a valid terminator: 'aws4_request'.");
    }

    // Host and every x-amz-* header must be covered, in order and without doubles.
    private static ServiceError? CheckHeaders(HttpRequest request, string[] signedHeaders)
    {
        if (!signedHeaders.SequenceEqual(signedHeaders.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)))
            return ServiceError.InvalidSignature("SignedHeaders are not sorted.");
        var needed = request.Headers.Keys.Select(k => k.ToLowerInvariant()).Where(k => k.StartsWith("x-amz-", StringComparison.Ordinal)).Append("host");
        var missing = needed.Where(n => !signedHeaders.Contains(n)).ToList();
        return missing.Count == 0 ? null : ServiceError.InvalidSignature($"'{string.Join(", ", missing)}' must be a 'SignedHeader' in the AWS Authorization.");
    }

    private static ServiceError? CheckSignature(
        HttpRequest request, ReadOnlySpan<byte> body, StandInCredentials known, string[] scope, string[] signedHeaders, string signature)
    {
        var bodyHash = Hex(SHA256.HashData(body));
        if (request.Headers.TryGetValue("x-amz-content-sha256", out var said) && said.ToString() != bodyHash)
            return ServiceError.InvalidSignature("The provided 'x-amz-content-sha256' header does not match what was computed.");

        var canonical = Canonical(request, signedHeaders, bodyHash);
        var toSign = $"{Algorithm}\n{request.Headers["x-amz-date"]}\n{string.Join('/', scope)}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + known.SecretKey);
        foreach (var part in scope)
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign))) == signature
            ? null
            : ServiceError.InvalidSignature("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.");
    }

    private static string Canonical(HttpRequest request, string[] signedHeaders, string bodyHash)
    {
        var text = new StringBuilder().Append(request.Method).Append('\n').Append(Uri.EscapeDataString(request.Path.Value!).Replace("%2F", "/", StringComparison.Ordinal)).Append('\n');
        text.AppendJoin('&', request.Query.SelectMany(q => q.Value.Select(v => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(v ?? "")}")).Order(StringComparer.Ordinal)).Append('\n');
        foreach (var name in signedHeaders)
            text.Append(name).Append(':').AppendJoin(',', request.Headers[name].Select(OneSpaced)).Append('\n');
        return text.Append('\n').AppendJoin(';', signedHeaders).Append('\n').Append(bodyHash).ToString();
    }

    private static string OneSpaced(string? value) => string.Join(' ', (value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static string Stamp(DateTimeOffset at) => at.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
