using System.Runtime.CompilerServices;

namespace Sidecar.Testing;

/// Waits for something that another process, thread or the kernel does in its own time. For what our own code does,
/// await the event itself or move a ManualTime.
public static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task TrueAsync(
        Func<bool> condition,
        TimeSpan? within = null,
        CancellationToken cancellation = default,
        [CallerArgumentExpression(nameof(condition))] string what = "") =>
        MatchAsync(() => Task.FromResult(condition()), static holds => holds, within, cancellation, what);

    public static Task TrueAsync(
        Func<Task<bool>> condition,
        TimeSpan? within = null,
        CancellationToken cancellation = default,
        [CallerArgumentExpression(nameof(condition))] string what = "") =>
        MatchAsync(condition, static holds => holds, within, cancellation, what);

    public static Task<T> EqualAsync<T>(
        T expected,
        Func<T> actual,
        TimeSpan? within = null,
        CancellationToken cancellation = default,
        [CallerArgumentExpression(nameof(actual))] string what = "") =>
        MatchAsync(
            () => Task.FromResult(actual()),
            seen => EqualityComparer<T>.Default.Equals(seen, expected),
            within,
            cancellation,
            $"{what} == {expected}");

    /// Looks until what is seen matches, and returns it. On failure says what was seen last.
    public static Task<T> MatchAsync<T>(
        Func<T> look,
        Func<T, bool> matches,
        TimeSpan? within = null,
        CancellationToken cancellation = default,
        [CallerArgumentExpression(nameof(matches))] string what = "") =>
        MatchAsync(() => Task.FromResult(look()), matches, within, cancellation, what);

    /// Looks until what is seen matches, and returns it. On failure says what was seen last.
    public static async Task<T> MatchAsync<T>(
        Func<Task<T>> look,
        Func<T, bool> matches,
        TimeSpan? within = null,
        CancellationToken cancellation = default,
        [CallerArgumentExpression(nameof(matches))] string what = "")
    {
        var clock = TimeProvider.System;
        var limit = within ?? Patience;
        var started = clock.GetTimestamp();
        while (true)
        {
            var isLast = clock.GetElapsedTime(started) >= limit;
            var seen = await look();
            if (matches(seen))
                return seen;

            if (isLast)
                throw new TimeoutException($"Not within {limit.TotalSeconds:0.#} s: {what}. Last seen: {Show(seen)}");

            await Task.Delay(Pause, clock, cancellation);
        }
    }

    private static string Show<T>(T seen) => seen switch
    {
        null => "nothing",
        string text => text,
        System.Collections.IEnumerable many => string.Join(Environment.NewLine, many.Cast<object?>()),
        _ => seen.ToString() ?? "",
    };
}
