using System.Globalization;

namespace Demo;

/// Tells when the app's calls begin to fail and when they succeed again, as its journal grows.
internal sealed class CallWatch(string journal, string kind, Narrator narrator)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly CallJournalReader _calls = new(journal);
    private int _failed;
    private DateTimeOffset? _failingSince;

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                Look();
        }
        catch (OperationCanceledException)
        {
            // The play is over.
        }
    }

    private void Look()
    {
        foreach (var call in _calls.ReadNew().Where(call => call.Kind.StartsWith(kind, StringComparison.Ordinal)))
        {
            if (!call.IsOk)
            {
                _failed++;
                if (_failingSince is null)
                    narrator.Say("app", $"{call.Kind} failed: {call.Outcome}");
                _failingSince ??= call.End;
            }
            else if (_failingSince is { } since && call.Start > since + Period)
            {
                narrator.Say("app", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{kind} calls succeed again, {(call.End - since).TotalSeconds:0.0} s after the first failure; {_failed} failed"));
                _failingSince = null;
                _failed = 0;
            }
        }
    }
}
