using System.Collections.Concurrent;
using System.Net;
using System.Security;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Sidecar.Testing.CloudWatch;

/// AWS's Security Token Service on a loopback port: whoever signs as one of the callers may assume any role, and a web identity may
/// without a signature. What it gives runs out, and can be made known to the other stand-ins.
public sealed class StsStandIn : IAsyncDisposable
{
    private readonly StsOptions _options;
    private readonly WebApplication _app;
    private readonly SigV4Verifier _verifier;
    private readonly ConcurrentQueue<StandInCredentials> _issued = new();
    private readonly ConcurrentQueue<IReadOnlyDictionary<string, string>> _asked = new();

    private StsStandIn(StsOptions options)
    {
        _options = options;
        _verifier = new SigV4Verifier("sts", options.Region, options.Callers, TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, options.Port, listen =>
        {
            if (options.Certificate is { } certificate)
                listen.UseHttps(certificate);
        }));
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public Uri Url { get; private set; } = null!;

    /// Answered in place of credentials.
    public ServiceError? Refusal { get; set; }

    /// What every answer waits for.
    public Task Held { get; set; } = Task.CompletedTask;

    /// All credentials that were given: a live view.
    public IReadOnlyCollection<StandInCredentials> Issued => _issued;

    /// The parameters of every request.
    public IReadOnlyCollection<IReadOnlyDictionary<string, string>> Asked => _asked;

    public static async Task<StsStandIn> StartAsync(StsOptions? options = null)
    {
        var standIn = new StsStandIn(options ?? new StsOptions());
        await standIn._app.StartAsync();
        standIn.Url = new Uri(standIn._app.Urls.Single());
        return standIn;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var asked = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body.ToArray())).ToDictionary(one => one.Key, one => one.Value.ToString(), StringComparer.Ordinal);
        _asked.Enqueue(asked);
        await Held.WaitAsync(context.RequestAborted);
        var error = Check(context.Request, body.ToArray(), asked) ?? Refusal;
        context.Response.StatusCode = error?.Status ?? 200;
        context.Response.ContentType = "text/xml";
        await context.Response.WriteAsync(error is null ? Answer(asked["Action"], Issue()) : Answer(error), context.RequestAborted);
    }

    private ServiceError? Check(HttpRequest request, byte[] body, Dictionary<string, string> asked) => asked.GetValueOrDefault("Action") switch
    {
        "AssumeRoleWithWebIdentity" => asked.ContainsKey("WebIdentityToken") ? null : new ServiceError(400, "InvalidIdentityToken", "No token."),
        "AssumeRole" => _verifier.Check(request, body) ?? CheckTrust(asked),
        var action => new ServiceError(400, "InvalidAction", $"Could not find operation {action}"),
    };

    private ServiceError? CheckTrust(Dictionary<string, string> asked) =>
        _options.ExternalId is { } wanted && asked.GetValueOrDefault("ExternalId") != wanted
            ? new ServiceError(403, "AccessDenied", $"User: arn:aws:iam::123456789012:user/app is not authorized to perform: sts:AssumeRole on resource: {asked["RoleArn"]}")
            : null;

    private StandInCredentials Issue()
    {
        var number = _issued.Count + 1;
        var issued = new StandInCredentials($"ASIAEXAMPLE{number}", $"secret/{number}+", $"token//{number}==", _options.Time.GetUtcNow() + _options.Lifetime);
        _issued.Enqueue(issued);
        return issued;
    }

    private static string Answer(string action, StandInCredentials given) =>
        $"""
        <{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <{action}Result>
            <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/orders/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser>
            <Credentials>
              <AccessKeyId>{given.AccessKey}</AccessKeyId>
              <SecretAccessKey>{given.SecretKey}</SecretAccessKey>
              <SessionToken>{given.SessionToken}</SessionToken>
              <Expiration>{given.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}</Expiration>
            </Credentials>
          </{action}Result>
          <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
        </{action}Response>
        """;

    private static string Answer(ServiceError error) =>
        $"""
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <Error><Type>Sender</Type><Code>{error.Type}</Code><Message>{SecurityElement.Escape(error.Message)}</Message></Error>
          <RequestId>1</RequestId>
        </ErrorResponse>
        """;
}
