using Amazon.Runtime;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

/// A destination that ships to a stand-in, with waits too short to be noticed.
internal sealed class CloudWatchRig : IAsyncDisposable
{
    private CloudWatchRig(CloudWatchStandIn service, CloudWatchDestination destination, LogLines<CloudWatchDestination> log)
    {
        Service = service;
        Destination = destination;
        Log = log;
    }

    public CloudWatchStandIn Service { get; }

    public CloudWatchDestination Destination { get; }

    public LogLines<CloudWatchDestination> Log { get; }

    public IReadOnlyList<string> Stored => [.. Service.Events(Batches.Target.Group, Batches.Target.Stream).Select(e => e.Text)];

    public static async Task<CloudWatchRig> ToStandInAsync(
        Func<CloudWatchOptions, CloudWatchOptions>? change = null, StandInOptions? service = null,
        Func<CancellationToken, Task<AWSCredentials>>? credentials = null, TimeProvider? time = null)
    {
        var standIn = await CloudWatchStandIn.StartAsync(service);
        var log = new LogLines<CloudWatchDestination>();
        var options = new CloudWatchOptions
        {
            Endpoint = standIn.Url,
            Region = standIn.Region,
            FirstRetry = TimeSpan.FromMilliseconds(2),
            RetryCeiling = TimeSpan.FromMilliseconds(20),
        };
        options = change?.Invoke(options) ?? options;
        return new CloudWatchRig(standIn, Build(options, credentials ?? Fixed(standIn.Credentials), time ?? TimeProvider.System, log), log);
    }

    public static CloudWatchDestination Build(
        CloudWatchOptions options, Func<CancellationToken, Task<AWSCredentials>> credentials, TimeProvider time, LogLines<CloudWatchDestination> log) =>
        new(ClientOf(options, credentials, AwsHttp.Connect(options.Endpoint, options.CaBundle), time), options, time, () => 0.5, log);

    public static CloudWatchClient ClientOf(
        CloudWatchOptions options, Func<CancellationToken, Task<AWSCredentials>> credentials, HttpClient http, TimeProvider time)
    {
        var clock = new ServerClock(time);
        return new CloudWatchClient(http, new AwsSurroundings(options, credentials, http, clock, time), clock, options.TryTimeout, time);
    }

    public static Func<CancellationToken, Task<AWSCredentials>> Fixed(StandInCredentials known)
    {
        AWSCredentials credentials = known.SessionToken is { } token
            ? new SessionAWSCredentials(known.AccessKey, known.SecretKey, token)
            : new BasicAWSCredentials(known.AccessKey, known.SecretKey);
        return _ => Task.FromResult(credentials);
    }

    /// Every answer but the last, which SendAsync returns.
    public List<SendResult> Answers { get; } = [];

    public Task<SendResult> SendAsync(params string[] messages) => SendAsync(Batches.Of(messages));

    public Task<SendResult> SendAsync(LogBatch batch) => SendAsync(Destination, batch, Answers);

    /// Sends until the batch is done with, as the pipeline does; fails with what was answered when that takes longer than a test may.
    public static async Task<SendResult> SendAsync(ILogDestination destination, LogBatch batch, List<SendResult> answers)
    {
        var patience = Eventually.Patience;
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < patience;)
        {
            var result = await destination.SendAsync(batch, TestContext.Current.CancellationToken).WaitAsync(patience, TimeProvider.System);
            if (result is SendResult.Stored or SendResult.Poison)
                return result;
            lock (answers)
                answers.Add(result);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("Not stored in time. " + string.Join('\n', answers.TakeLast(5)));
    }

    public async ValueTask DisposeAsync()
    {
        Destination.Dispose();
        await Service.DisposeAsync();
    }
}
