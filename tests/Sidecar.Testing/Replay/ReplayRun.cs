using System.Globalization;

namespace Sidecar.Testing.Replay;

/// Streams of one seed after the other until enough has been said. A difference that shows again is shrunk and told.
internal sealed class ReplayRun(Replayer replayer, int seed, Action<string> tell, Func<List<ReplayStep>, int, List<ReplayStep>>? adapt = null)
{
    private static readonly TimeSpan ShrinkingLimit = TimeSpan.FromSeconds(30);

    public int Differences { get; private set; }

    /// Showed once and not again: one of the two servers did something in another moment.
    public int Passing { get; private set; }

    public bool Run(long requests, int mostDifferences, TimeSpan limit)
    {
        long started = TimeProvider.System.GetTimestamp();
        long told = started;
        for (int number = 0; replayer.Coverage.Requests < requests && Differences < mostDifferences && TimeProvider.System.GetElapsedTime(started) < limit; number++)
        {
            var stream = new StreamDraw(replayer.Commands, seed + number).Next();
            stream = OneByOne.WhileSomebodyWaits(adapt?.Invoke(stream, seed + number) ?? stream);
            if (replayer.Play(stream) is { } difference)
                Tell(stream, difference, seed + number);
            if (TimeProvider.System.GetElapsedTime(told) > TimeSpan.FromSeconds(30))
            {
                told = TimeProvider.System.GetTimestamp();
                double rate = replayer.Coverage.Requests / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
                tell(string.Create(CultureInfo.InvariantCulture, $"{replayer.Coverage.Requests} requests, {rate:0}/s, {Differences} differences"));
            }
        }
        return Differences == 0;
    }

    private void Tell(List<ReplayStep> stream, ReplayDifference first, int number)
    {
        if (replayer.Play(stream) is null && replayer.Play(stream) is null)
        {
            Passing++;
            tell(string.Create(CultureInfo.InvariantCulture, $"seed {number}: showed once and not again: {first}"));
            return;
        }
        Differences++;
        replayer.Patience = TimeSpan.FromMilliseconds(300);
        var shortest = new Shrinking(shorter => replayer.Play(shorter) is not null, ShrinkingLimit).Shrink(stream);
        replayer.Patience = TimeSpan.FromSeconds(2);
        var shown = replayer.Play(shortest) ?? first;
        tell(string.Create(CultureInfo.InvariantCulture, $"seed {number}: {shown}\n    {string.Join("\n    ", shortest)}\n"));
    }
}
