using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Verdicts;
using Sidecar.Testing;

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
        var history = History(fall, rise);

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
            var history = History(fall, rise);
            List<Answer> answers = [];
            var hasBelief = false;
            for (var step = 0; step < 60; step++)
            {
                var before = history.Belief;
                // Long streaks, or belief would hardly ever change.
                answers.Add(answers.Count > 0 && random.Next(4) > 0 ? answers[^1] : (Answer)random.Next(5));

                var hasChanged = history.Record(answers[^1]);

                // Unknown from the start is said, too.
                Assert.Equal(before != history.Belief || (hasChanged && !hasBelief), hasChanged);
                hasBelief |= hasChanged;
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

    [Theory]
    [InlineData("?????", "..!..")]
    [InlineData("FF???", "....!")]
    [InlineData("???P???", "..!!..!")]
    [InlineData("PPPP", "!...")]
    public void A_change_is_said_once_and_so_is_that_it_could_not_tell_from_the_start(string answers, string changes)
    {
        var history = History(fall: 3, rise: 1);

        Assert.Equal(changes, string.Concat(answers.Select(answer => history.Record(Parse(answer)) ? '!' : '.')));
    }

    [Theory]
    [InlineData("PFPFPF", "UUUUUD")]
    [InlineData("PFFPFP", "UUUUDD")]
    [InlineData("PFPPFPPF", "UUUUUUUU")]
    [InlineData("PFPFPFPPPP", "UUUUUDUUUU")]
    [InlineData("PTTT", "UUUD")]
    public void Within_a_window_the_misses_need_not_come_in_a_row(string answers, string beliefs)
    {
        var history = new ProbeHistory(Schedule(3, 1) with { Window = 5 }, TimeProvider.System);

        Assert.Equal(beliefs, string.Concat(answers.Select(answer =>
        {
            history.Record(Parse(answer));
            return Letter(history.Belief);
        })));
    }

    [Fact]
    public void One_that_goes_down_soon_after_it_came_up_has_to_pass_for_longer()
    {
        var time = new ManualTime();
        var history = new ProbeHistory(Schedule(1, 1) with { Damping = TimeSpan.FromSeconds(60) }, time);

        Assert.Equal("UDDDDDDDU", After("PFPPPPPPP", seconds: 10));
        Assert.Equal("UUUUUUDU", After("PPPPPPFP", seconds: 10));

        string After(string answers, int seconds) => string.Concat(answers.Select(answer =>
        {
            history.Record(Parse(answer));
            var letter = Letter(history.Belief);
            time.Advance(TimeSpan.FromSeconds(seconds));
            return letter;
        }));
    }

    private static ProbeHistory History(int fall, int rise) => new(Schedule(fall, rise), TimeProvider.System);

    private static ProbeSchedule Schedule(int fall, int rise) => new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2), fall, rise);

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
