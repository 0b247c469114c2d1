namespace RedisFailover;

/// What happens to the master while a client writes, for how long it goes on writing, and what the ambassador promises for it.
internal sealed record Scenario(string Name, string What, TimeSpan Writing, TimeSpan LongestAllowed, Func<FailoverSet, Task> Trouble)
{
    private static readonly TimeSpan BeforeTheReturn = TimeSpan.FromSeconds(3);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("kill", "kill -9 of the master", Seconds(6), Seconds(1.7), set => set.Master.KillAsync()),
        new("freeze", "SIGSTOP of the master: its sockets stay open and say nothing", Seconds(8), Seconds(2.5), set =>
        {
            set.Master.Freeze();
            return Task.CompletedTask;
        }),
        new("planned", "SENTINEL FAILOVER, and 22 s of writing after it", Seconds(23), Seconds(0.5), PlanAsync),
        new("restart", "kill -9 of the master, which is started again 3 s later and takes itself for master", Seconds(16), Seconds(1.7), async set =>
        {
            await set.Master.KillAsync();
            await Task.Delay(BeforeTheReturn, TimeProvider.System);
            await set.Master.StartAgainAsync();
        }),
    ];

    private static async Task PlanAsync(FailoverSet set)
    {
        string answer = await set.Sentinels[0].CallAsync("SENTINEL", "FAILOVER", set.Sentinels[0].MasterName);
        if (answer != "OK")
            throw new InvalidOperationException($"the Sentinel will not: {answer}");
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
