using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Sidecar.Hosting.Work;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;
/// Ships batches to CloudWatch Logs. What a moment heals (a reset, a 5xx) is tried again at once, each try signed anew; what lasts
/// is answered. The service does not deduplicate, so a batch whose answer was lost is stored twice rather than never.
internal sealed class CloudWatchDestination : ILogDestination, IDisposable
{
    // Two batches on their way hide the round trip; more would only hold more bodies.
    private const int CallsAtOnce = 2;
    private const int QuickRetries = 2;
    private static readonly TimeSpan LastWordWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestRetentionRetry = TimeSpan.FromMinutes(10);
    private readonly CloudWatchClient _client;
    private readonly TimeProvider _time;
    private readonly Retention _retention;
    private readonly MissingTargets _missing;
    private readonly ResiliencePipeline<SendResult> _retry;
    private readonly SemaphoreSlim _calls = new(CallsAtOnce);

    public CloudWatchDestination(
        CloudWatchClient client, CloudWatchOptions options, TimeProvider time, Func<double> jitter, ILogger<CloudWatchDestination> logger)
    {
        _client = client;
        _time = time;
        _retention = new Retention(client, new RetrySchedule(options.FirstRetry, LongestRetentionRetry, jitter), time, logger);
        _missing = new MissingTargets(client, options, _retention, logger);
        var schedule = new RetrySchedule(options.FirstRetry, options.RetryCeiling, jitter);
        _retry = new ResiliencePipelineBuilder<SendResult> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<SendResult>
            {
                MaxRetryAttempts = QuickRetries,
                DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(schedule.After(arguments.AttemptNumber + 1)),
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result is SendResult.Unavailable),
            })
            .Build();
    }

    public async Task<SendResult> SendAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await _retry.ExecuteAsync(TryAsync, batch, cancellationToken);
        }
        catch (TimeoutException e)
        {
            // A service that took its time to say nothing is not asked again at once.
            return new SendResult.Unavailable(e.Message, IsTooSlow: e is TooSlowException);
        }
    }

    public void Dispose()
    {
        _retention.Dispose();
        _calls.Dispose();
        _client.Dispose();
    }

    // The body lives for one try only: a batch that waits holds no buffers of ours and no place among the calls.
    private async ValueTask<SendResult> TryAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        await _calls.WaitAsync(cancellationToken);
        try
        {
            // A batch on the wire when we are told to stop is probably stored a moment later: hearing so spares a duplicate.
            using var lastWord = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
            using var told = cancellationToken.UnsafeRegister(static word => ((CancellationTokenSource)word!).CancelAfter(LastWordWithin), lastWord);
            using var body = PutEventsBody.Of(batch);
            var answer = await _client.PutLogEventsAsync(body, lastWord.Token);
            if (answer.ErrorType == ServiceErrors.NotFound)
            {
                if (await _missing.CreateAsync(batch.Target, cancellationToken) is { } failure)
                    return failure;
                answer = await _client.PutLogEventsAsync(body, lastWord.Token);
            }

            return answer.IsSuccess
                ? PutEventsAnswer.Read(answer, batch.Events.Length)
                : ServiceErrors.ToResult(answer, _client.ClockSkew);
        }
        catch (SurroundingsException e)
        {
            return new SendResult.Refused(e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new SendResult.Unavailable(e.InnerException is null ? e.Message : $"{e.Message} ({e.InnerException.Message})");
        }
        finally
        {
            _calls.Release();
        }
    }
}
