namespace Demo.Acts;

/// Lets the play run on: people watch, and the app makes its calls meanwhile.
internal static class Pause
{
    public static Task OfAsync(double seconds, CancellationToken cancellation) =>
        Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, cancellation);
}
