using System.Net.Http.Headers;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Signing;

namespace Sidecar.Logs.Destination;
/// Signed calls to CloudWatch Logs, each given up when nothing of it moves for as long as the time-out. It never tries twice, except that a refused clock is corrected and the
/// call signed again. Stands where AWSSDK.CloudWatchLogs would.
/// Signs with AWSSigV4Signer rather than the SigV4SigningHandler built on it: the handler takes its time from the SDK's clock and
/// gives no way to correct it for one endpoint, while the signer takes the time of each signature. The hash in
/// x-amz-content-sha256 is ours, so that the signer never sees the body, let alone copies it.
internal sealed class CloudWatchClient(
    HttpClient http, AwsSurroundings surroundings, ServerClock clock, TimeSpan timeout, TimeProvider time) : IDisposable
{
    private const string TargetPrefix = "Logs_20140328.";
    private const string FormatHeader = "x-amzn-logs-format";
    private const string MetricsFormat = "json/emf";

    /// How many time-outs a call may take in all while it goes forward: together less than a loop may stand still.
    private const int LongestTimeouts = 8;

    private const string JsonType = "application/x-amz-json-1.1";
    private static readonly MediaTypeHeaderValue Json = MediaTypeHeaderValue.Parse(JsonType);

    public TimeSpan ClockSkew => clock.Skew;

    public Task<ServiceAnswer> PutLogEventsAsync(PutEventsBody body, CancellationToken cancellationToken) =>
        CallAsync("PutLogEvents", body.Segments, body.Sha256(), body.IsMetrics, cancellationToken);

    public Task<ServiceAnswer> CallAsync(string operation, byte[] body, CancellationToken cancellationToken) =>
        CallAsync(operation, [(body, body.Length)], Convert.ToHexStringLower(SHA256.HashData(body)), isMetrics: false, cancellationToken);

    public void Dispose()
    {
        surroundings.Dispose();
        http.Dispose();
    }

    private async Task<ServiceAnswer> CallAsync(
        string operation, IReadOnlyList<(byte[] Buffer, int Length)> body, string bodyHash, bool isMetrics, CancellationToken cancellationToken)
    {
        using var deadline = new MovingDeadline(timeout, LongestTimeouts * timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var skew = clock.Skew;
            var answer = await CallOnceAsync(operation, new SegmentedContent(body, Json, deadline.Moved), bodyHash, isMetrics, either.Token);
            // Another call may have corrected the clock meanwhile: then this one's signature is as old as before.
            if (IsClockRefused(answer) && answer.ServerTime is { } serverTime && (clock.Correct(serverTime) || clock.Skew != skew))
                answer = await CallOnceAsync(operation, new SegmentedContent(body, Json, deadline.Moved), bodyHash, isMetrics, either.Token);
            return answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && deadline.IsSpent)
        {
            throw new TooSlowException($"{operation} was not through after {LongestTimeouts * timeout.TotalSeconds:0} s, although it went forward");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer to {operation} within {timeout.TotalSeconds:0} s", e);
        }
    }

    private async Task<ServiceAnswer> CallOnceAsync(
        string operation, SegmentedContent body, string bodyHash, bool isMetrics, CancellationToken cancellationToken)
    {
        var region = await surroundings.RegionAsync(cancellationToken);
        var credentials = await surroundings.CredentialsAsync(cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, surroundings.EndpointOf(region))
        {
            Content = body,
        };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", TargetPrefix + operation);
        if (isMetrics)
            request.Headers.TryAddWithoutValidation(FormatHeader, MetricsFormat);
        await SignAsync(request, bodyHash, credentials, region, cancellationToken);

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var answer = await ServiceAnswer.ReadAsync(response, cancellationToken);
        if (answer.ErrorType is "ExpiredTokenException" or "ExpiredToken")
            surroundings.ForgetRole();
        return answer;
    }

    private async Task SignAsync(
        HttpRequestMessage request, string bodyHash, AWSCredentials credentials, string region, CancellationToken cancellationToken)
    {
        var toSign = new AWSSigningRequest { HttpMethod = request.Method, RequestUri = request.RequestUri };
        toSign.Headers["content-type"] = JsonType;
        toSign.Headers["x-amz-target"] = string.Join(',', request.Headers.GetValues("X-Amz-Target"));
        toSign.Headers["x-amz-content-sha256"] = bodyHash;
        if (request.Headers.Contains(FormatHeader))
            toSign.Headers[FormatHeader] = MetricsFormat;
        var parameters = new AWSSigV4Parameters
        {
            Credentials = credentials,
            Region = RegionEndpoint.GetBySystemName(region),
            Service = "logs",
            SignedAt = clock.Now.UtcDateTime,
        };

        var signed = await AWSSigV4Signer.SignAsync(toSign, parameters, cancellationToken);
        foreach (var (name, value) in signed.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
    }

    private static bool IsClockRefused(ServiceAnswer answer) => answer.ErrorType is
        "InvalidSignatureException" or "RequestTimeTooSkewed" or "RequestExpired" or "SignatureDoesNotMatch" or "AuthFailure";
}
