using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sidecar.Testing.CloudWatch;

/// CloudWatch Logs on a loopback port: it enforces the service's rules, verifies signatures, keeps what it stored,
/// and misbehaves when told to (Faults, or POST /_control from another process).
public sealed class CloudWatchStandIn : IAsyncDisposable
{
    private const string TargetPrefix = "Logs_20140328.";
    private const string ContentType = "application/x-amz-json-1.1";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
    private readonly WebApplication _app;
    private readonly StandInOptions _options;
    private readonly LogStore _store;
    private readonly SigV4Verifier _verifier;
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentQueue<string> _signatureFailures = new();
    private readonly ConcurrentQueue<string> _formats = new();
    private readonly ConcurrentQueue<int> _unanswered = new();

    private CloudWatchStandIn(StandInOptions options)
    {
        _options = options;
        _store = new LogStore(options.Time, options.DataDirectory, options.OnChange);
        _verifier = new SigV4Verifier("logs", options.Region, options.Credentials, options.Time);
        Faults = new FaultBoard(TimeProvider.System, options.OnChange);
        _app = Build(options);
    }

    public FaultBoard Faults { get; }

    public Uri Url { get; private set; } = null!;

    public string Region => _options.Region;

    public StandInCredentials Credentials => _options.Credentials.First();

    /// How many calls of an operation arrived, whatever became of them.
    public int Calls(string operation) => _calls.GetValueOrDefault(operation);

    public IReadOnlyDictionary<string, int> AllCalls => new SortedDictionary<string, int>(_calls, StringComparer.Ordinal);

    /// What callers did against the service's rules, in the service's words.
    public IReadOnlyCollection<string> RuleViolations => [.. _violations];

    public IReadOnlyCollection<string> SignatureFailures => [.. _signatureFailures];

    /// The log formats that calls of PutLogEvents stated, in order; an empty one for a call that stated none.
    public IReadOnlyCollection<string> Formats => [.. _formats];

    public int BatchesStored => _store.Batches;

    /// Batches that were stored although their sender never heard so: those may come twice.
    public IReadOnlyCollection<int> UnansweredBatches => [.. _unanswered];

    /// Events that were answered to be too old, too new or expired.
    public IReadOnlyList<StoredEvent> RejectedEvents => _store.Refused;

    public IReadOnlyList<LogGroupView> Groups => _store.Groups();

    public IReadOnlyList<StoredEvent> Events(string group, string stream) => _store.Events(group, stream);

    /// Deletes a group, or one of its streams, as someone with a console would; returns what was in it.
    public IReadOnlyList<StoredEvent> Vanish(string group, string? stream = null) => _store.Vanish(group, stream);

    public static async Task<CloudWatchStandIn> StartAsync(StandInOptions? options = null)
    {
        var standIn = new CloudWatchStandIn(options ?? new StandInOptions());
        await standIn._app.StartAsync();
        standIn.Url = new Uri(standIn._app.Urls.Single());
        standIn._options.OnChange($"listening on {standIn.Url}");
        return standIn;
    }

    public async ValueTask DisposeAsync()
    {
        Faults.Dispose();
        await _app.DisposeAsync();
    }

    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    private WebApplication Build(StandInOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Address, options.Port, listen => Secure(listen, options));
        });
        var app = builder.Build();
        app.Run(ServeAsync);
        return app;
    }

    private static void Secure(ListenOptions listen, StandInOptions options)
    {
        if (options.Certificate is { } certificate)
            listen.UseHttps(certificate);
    }

    private async Task ServeAsync(HttpContext context)
    {
        context.Response.Headers.Date = _options.Time.GetUtcNow().ToString("R");
        if (context.Request.Path == "/_control")
        {
            await ControlEndpoint.ServeAsync(this, context);
            return;
        }

        var target = context.Request.Headers["x-amz-target"].ToString();
        var operation = target.StartsWith(TargetPrefix, StringComparison.Ordinal) ? target[TargetPrefix.Length..] : "";
        if (operation == "PutLogEvents")
            _formats.Enqueue(context.Request.Headers["x-amzn-logs-format"].ToString());
        _calls.AddOrUpdate(operation, 1, static (_, count) => count + 1);
        var (fault, over) = Faults.Take(operation);
        if (fault == StandInFault.DropBefore)
        {
            context.Abort();
            return;
        }

        var body = await ReadAsync(context);
        var error = Verify(context, body) ?? await MisbehaveAsync(fault, over, context.RequestAborted);
        var answer = error is null ? Serve(operation, fault, context, body, out error) : null;
        if (fault == StandInFault.DropAfter)
            context.Abort();
        else
            await AnswerAsync(context, answer, error);
    }

    private ServiceError? Verify(HttpContext context, byte[] body)
    {
        var error = _verifier.Check(context.Request, body);
        if (error is not null)
        {
            _signatureFailures.Enqueue(error.Message);
            _options.OnChange($"signature refused: {error.Type}: {error.Message}");
        }

        return error;
    }

    private async Task<ServiceError?> MisbehaveAsync(StandInFault fault, Task over, CancellationToken aborted)
    {
        switch (fault)
        {
            case StandInFault.Throttle:
                return new ServiceError(400, "ThrottlingException", "Rate exceeded");
            case StandInFault.InternalError:
                return new ServiceError(500, "InternalFailure", "An internal error happened.");
            case StandInFault.Unavailable:
                return new ServiceError(503, "ServiceUnavailableException", "The service cannot complete the request.");
            case StandInFault.AccessDenied:
                return new ServiceError(400, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/app is not authorized to perform: logs:PutLogEvents");
            case StandInFault.ExpiredToken:
                return new ServiceError(400, "ExpiredTokenException", "The security token included in the request is expired");
            case StandInFault.OperationAborted:
                return new ServiceError(400, "OperationAbortedException", "A conflicting operation is currently in progress against this resource. Please try again.");
            case StandInFault.Hang:
                await over.WaitAsync(aborted);
                return null;
            case StandInFault.Slow:
                await Task.Delay(Faults.Delay, TimeProvider.System, aborted);
                return null;
            default:
                return null;
        }
    }

    private JsonObject? Serve(string operation, StandInFault fault, HttpContext context, byte[] body, out ServiceError? error)
    {
        error = null;
        try
        {
            if (context.Request.Method != "POST" || context.Request.Path != "/" || context.Request.ContentType != ContentType)
                throw new ServiceErrorException(new ServiceError(404, "UnknownOperationException", "POST / with content type " + ContentType));
            using var request = Parse(body);
            return Dispatch(operation, fault, request.RootElement);
        }
        catch (ServiceErrorException e)
        {
            error = e.Error;
            if (error.Type is "InvalidParameterException" or "SerializationException" or "UnknownOperationException")
            {
                _violations.Enqueue($"{operation}: {error.Message}");
                _options.OnChange($"rule broken by {operation}: {error.Message}");
            }

            return null;
        }
    }

    private JsonObject? Dispatch(string operation, StandInFault fault, JsonElement request) => operation switch
    {
        "PutLogEvents" => PutLogEvents(fault, request),
        "CreateLogGroup" => _store.CreateLogGroup(request),
        "CreateLogStream" => _store.CreateLogStream(request),
        "PutRetentionPolicy" => _store.PutRetentionPolicy(request),
        "DescribeLogStreams" => _store.DescribeLogStreams(request),
        "GetLogEvents" => _store.GetLogEvents(request),
        _ => throw new ServiceErrorException(new ServiceError(400, "UnknownOperationException", $"The operation '{operation}' is not known.")),
    };

    private JsonObject PutLogEvents(StandInFault fault, JsonElement request)
    {
        var answer = _store.PutLogEvents(request, fault == StandInFault.RejectHalf, out var batch);
        if (fault == StandInFault.DropAfter && batch > 0)
            _unanswered.Enqueue(batch);
        return answer;
    }

    private static JsonDocument Parse(byte[] body)
    {
        if (!System.Text.Unicode.Utf8.IsValid(body))
            throw new ServiceErrorException(ServiceError.Serialization("The body is not valid UTF-8."));
        try
        {
            var document = JsonDocument.Parse(body, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw new ServiceErrorException(ServiceError.Serialization("The body is no structure."));
        }
        catch (JsonException e)
        {
            throw new ServiceErrorException(ServiceError.Serialization(e.Message));
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream((int)(context.Request.ContentLength ?? 0));
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.Capacity == body.Length ? body.GetBuffer() : body.ToArray();
    }

    private static async Task AnswerAsync(HttpContext context, JsonObject? answer, ServiceError? error)
    {
        var json = error is null ? answer?.ToJsonString() ?? "" : new JsonObject { ["__type"] = error.Type, ["message"] = error.Message }.ToJsonString();
        var bytes = Encoding.UTF8.GetBytes(json);
        context.Response.StatusCode = error?.Status ?? 200;
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
