using System.Collections.Concurrent;
using System.Threading.Channels;
using Sidecar.Adapter.Probes;

namespace Sidecar.Adapter.Tests.Probes;

/// A probe that answers what the test tells it, when the test tells it, and knows how often it was asked at once.
internal sealed class ScriptedProbe : IProbe
{
    private readonly Channel<TaskCompletionSource<ProbeResult>> _asked = Channel.CreateUnbounded<TaskCompletionSource<ProbeResult>>();
    private readonly ConcurrentQueue<Func<ProbeResult>> _ready = [];
    private int _underWay;

    public int Asked { get; private set; }

    public int MostAtOnce { get; private set; }

    /// Ends the question at the time-out, as every good probe does; else it never comes back by itself.
    public bool HeedsTimeout { get; init; } = true;

    /// The next answer, given at once.
    public ScriptedProbe Then(Func<ProbeResult> answer)
    {
        _ready.Enqueue(answer);
        return this;
    }

    public ScriptedProbe Then(ProbeResult answer) => Then(() => answer);

    /// The question that waits for an answer: set its result.
    public ValueTask<TaskCompletionSource<ProbeResult>> NextQuestionAsync(CancellationToken cancellation) => _asked.Reader.ReadAsync(cancellation);

    public async Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        Asked++;
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _underWay));
        try
        {
            if (_ready.TryDequeue(out var answer))
                return answer();

            var question = new TaskCompletionSource<ProbeResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = timeout.Register(() =>
            {
                if (HeedsTimeout)
                    question.TrySetResult(ProbeResult.TimedOut("waiting for the test"));
            });
            _asked.Writer.TryWrite(question);
            return await question.Task;
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
