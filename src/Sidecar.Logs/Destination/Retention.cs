using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Work;

namespace Sidecar.Logs.Destination;

/// Sets how long groups that we created keep their events: beside the shipping, which never waits for it, and again and again
/// until it is done. What is refused is said once.
internal sealed partial class Retention(CloudWatchClient client, RetrySchedule retries, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly ConcurrentDictionary<string, Task> _groups = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    public void Set(string group, int days) =>
        _ = _groups.GetOrAdd(group, static (one, state) => state.This.SetAsync(one, state.days, state.This._stopping.Token), (This: this, days));

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task SetAsync(string group, int days, CancellationToken stopping)
    {
        await Task.Yield();
        var isSaid = false;
        for (var tries = 1; ; tries++)
        {
            var fault = await TryAsync(group, days, stopping);
            if (fault is null || stopping.IsCancellationRequested)
                break;
            if (!isSaid)
                Refused(logger, group, days, fault);
            isSaid = true;
            await Task.Delay(retries.After(tries), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _groups.TryRemove(group, out _);
    }

    /// What is wrong; null when it is set.
    private async Task<string?> TryAsync(string group, int days, CancellationToken stopping)
    {
        try
        {
            var answer = await client.CallAsync("PutRetentionPolicy", CloudWatchRequests.PutRetentionPolicy(group, days), stopping);
            if (!answer.IsSuccess)
                return answer.ToString();
            Done(logger, group, days);
            return null;
        }

        // Nobody waits for this task, so nothing may escape it: whatever went wrong is tried again.
        catch (Exception e)
        {
            return e.Message;
        }
    }

    [LoggerMessage(1404, LogLevel.Debug, "Log group {Group} keeps events for {Days} days now.")]
    private static partial void Done(ILogger logger, string group, int days);

    [LoggerMessage(1405, LogLevel.Warning,
        "Log group {Group} has no retention yet: setting it to {Days} days failed ({Reason}). Shipping goes on; it is tried again until it is set.")]
    private static partial void Refused(ILogger logger, string group, int days, string reason);
}
