using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;
/// Creates the stream, and if need be the group, that PutLogEvents missed. Asking first whether they exist would cost a call that
/// the service allows 25 times a second in the whole account.
internal sealed partial class MissingTargets(CloudWatchClient client, CloudWatchOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan RetentionRetry = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _retentionDue = new(StringComparer.Ordinal);

    /// Null when the stream exists now, whoever created it.
    public async Task<SendResult?> CreateAsync(StreamTarget target, CancellationToken cancellationToken)
    {
        var answer = await CreateStreamAsync(target, cancellationToken);
        if (answer.ErrorType == ServiceErrors.NotFound)
        {
            if (!options.CreateGroup)
                return new SendResult.Refused($"log group {target.Group} does not exist, and LOGS_CREATE_GROUP=false");
            if (await CreateGroupAsync(target.Group, cancellationToken) is { } failure)
                return failure;
            answer = await CreateStreamAsync(target, cancellationToken);
        }

        if (answer.IsSuccess)
            StreamCreated(logger, target.Stream, target.Group);
        return answer.IsSuccess || answer.ErrorType == ServiceErrors.AlreadyExists ? null : Failure("log stream " + target.Stream, answer);
    }

    /// Sets the retention of a group that we created. A failure is tried again after a later batch and stops none.
    public async ValueTask KeepRetentionAsync(string group, CancellationToken cancellationToken)
    {
        if (_retentionDue.IsEmpty || options.RetentionDays is not { } days
            || !_retentionDue.TryGetValue(group, out var due) || time.GetUtcNow() < due)
            return;

        // Claimed before the call, so that of two batches stored at once only one makes it.
        if (!_retentionDue.TryUpdate(group, time.GetUtcNow() + RetentionRetry, due))
            return;

        try
        {
            var answer = await client.CallAsync("PutRetentionPolicy", CloudWatchRequests.PutRetentionPolicy(group, days), cancellationToken);
            if (answer.IsSuccess)
                RetentionSet(logger, group, days);
            else if (ServiceErrors.ToResult(answer, client.ClockSkew) is SendResult.Refused or SendResult.Poison)
                RetentionRefused(logger, group, days, answer.ToString());
            else
                return;
            _retentionDue.TryRemove(group, out _);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException or SurroundingsException or OperationCanceledException)
        {
            RetentionLater(logger, group, e.Message);
        }
    }

    private Task<ServiceAnswer> CreateStreamAsync(StreamTarget target, CancellationToken cancellationToken) =>
        client.CallAsync("CreateLogStream", CloudWatchRequests.CreateLogStream(target), cancellationToken);

    private async Task<SendResult?> CreateGroupAsync(string group, CancellationToken cancellationToken)
    {
        var answer = await client.CallAsync("CreateLogGroup", CloudWatchRequests.CreateLogGroup(group, options), cancellationToken);
        if (!answer.IsSuccess)
            return answer.ErrorType == ServiceErrors.AlreadyExists ? null : Failure("log group " + group, answer);

        if (options.RetentionDays is { } days)
        {
            GroupCreated(logger, group, days);
            _retentionDue[group] = time.GetUtcNow();
        }
        else
        {
            GroupWithoutRetention(logger, group);
        }

        return null;
    }

    // What the service finds wrong with a group or stream says nothing about the events, so it never makes them poison.
    private SendResult Failure(string what, ServiceAnswer answer) => ServiceErrors.ToResult(answer, client.ClockSkew) switch
    {
        SendResult.Throttled throttled => throttled,
        SendResult.Unavailable => new SendResult.Unavailable($"{what} could not be created: {answer}"),
        _ => new SendResult.Refused($"{what} could not be created: {answer}"),
    };

    [LoggerMessage(1401, LogLevel.Information, "Created log stream {Stream} in {Group}.")]
    private static partial void StreamCreated(ILogger logger, string stream, string group);

    [LoggerMessage(1402, LogLevel.Information, "Created log group {Group}; it will keep events for {Days} days.")]
    private static partial void GroupCreated(ILogger logger, string group, int days);

    [LoggerMessage(1403, LogLevel.Warning, "Created log group {Group} without retention: it keeps, and bills, its events for ever. "
        + "Set LOGS_RETENTION_DAYS, or create groups yourself and set LOGS_CREATE_GROUP=false.")]
    private static partial void GroupWithoutRetention(ILogger logger, string group);

    [LoggerMessage(1404, LogLevel.Debug, "Log group {Group} keeps events for {Days} days now.")]
    private static partial void RetentionSet(ILogger logger, string group, int days);

    [LoggerMessage(1405, LogLevel.Warning, "Log group {Group} has no retention: setting it to {Days} days was refused ({Reason}). Shipping goes on.")]
    private static partial void RetentionRefused(ILogger logger, string group, int days, string reason);

    [LoggerMessage(1406, LogLevel.Debug, "The retention of log group {Group} could not be set yet ({Reason}); trying again after a later batch.")]
    private static partial void RetentionLater(ILogger logger, string group, string reason);
}
