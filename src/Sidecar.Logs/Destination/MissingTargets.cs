using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;
/// Creates the stream, and if need be the group, that PutLogEvents missed. Asking first whether they exist would cost a call that
/// the service allows 25 times a second in the whole account.
internal sealed partial class MissingTargets(CloudWatchClient client, CloudWatchOptions options, Retention retention, ILogger logger)
{
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
            retention.Set(group, days);
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
}
