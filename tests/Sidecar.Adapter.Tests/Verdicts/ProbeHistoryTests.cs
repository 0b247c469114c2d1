using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter.Tests.Verdicts;

public sealed class ProbeHistoryTests
{
    [Theory]
    [InlineData(3, 1, "P", "U")]
    [InlineData(3, 1, "PFF", "UUU")]
    [InlineData(3, 1, "PFFF", "UUUD")]
    [InlineData(3, 1, "PFFPFF", "UUUUUU")]
    [InlineData(3, 2, "PFFFPP", "???DDU")]
    [InlineData(1, 1, "PFPF", "UDUD")]
    [InlineData(3, 1, "FFF", "??D")]
    [InlineData(3, 1, "TFT", "??D")]
    [InlineData(3, 1, "XXXX", "????")]
    [InlineData(3, 1, "PXXX", "UUU?")]
    [InlineData(3, 1, "PFXX", "UUU?")]
    [InlineData(3, 1, "PXXF", "UUUD")]
    [InlineData(3, 1, "FFFXX", "??DDD")]
    [InlineData(3, 1, "FFFXXX", "??DDD?")]
    [InlineData(3, 1, "FFFXXFXX", "??DDDDDD")]
    public void A_change_is_believed_after_so_many_answers_in_a_row(int fall, int rise, string answers, string beliefs)
    {
        var history = new ProbeHistory(fall, rise);

        var seen = string.Concat(answers.Select(answer =>
        {
            history.Record(Parse(answer));
            return Letter(history.Belief);
        }));

        Assert.Equal(beliefs, seen);
    }

    [Fact]
    public void Whatever_the_answers_belief_follows_the_streaks_and_changes_are_said()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 2_000; round++)
        {
            var (fall, rise) = (random.Next(1, 6), random.Next(1, 6));
            var history = new ProbeHistory(fall, rise);
            List<Answer> answers = [];
            for (var step = 0; step < 60; step++)
            {
                var before = history.Belief;
                // Long streaks, or belief would hardly ever change.
                answers.Add(answers.Count > 0 && random.Next(4) > 0 ? answers[^1] : (Answer)random.Next(5));

                var hasChanged = history.Record(answers[^1]);

                Assert.Equal(before != history.Belief, hasChanged);
                var passes = Streak(answers, answer => answer is Answer.Pass or Answer.Warn);
                var misses = Streak(answers, answer => answer is not (Answer.Pass or Answer.Warn));
                Assert.Equal((passes, misses), (history.Passes, history.Misses));
                if (passes >= rise)
                    Assert.Equal(Belief.Up, history.Belief);
                if (misses >= fall)
                    Assert.NotEqual(Belief.Up, history.Belief);
                if (hasChanged && history.Belief == Belief.Up)
                    Assert.Equal(rise, passes);
                if (hasChanged && before == Belief.Up)
                    Assert.Equal(fall, misses);
                if (history.Belief == Belief.Down && before != Belief.Down)
                    Assert.True(answers[^1] is Answer.Fail or Answer.TimedOut);
            }
        }
    }

    private static int Streak(List<Answer> answers, Predicate<Answer> holds) => answers.AsEnumerable().Reverse().TakeWhile(answer => holds(answer)).Count();

    private static Answer Parse(char letter) => letter switch
    {
        'P' => Answer.Pass,
        'F' => Answer.Fail,
        'T' => Answer.TimedOut,
        _ => Answer.Unknown,
    };

    private static char Letter(Belief belief) => belief switch
    {
        Belief.Up => 'U',
        Belief.Down => 'D',
        _ => '?',
    };
}
