namespace RedisFailover;

/// One scenario on servers of its own: write, let it happen, wait until the servers agree, and count what the new master has.
internal static class FailoverRun
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1);

    public static async Task<FailoverResult> PlayAsync(Scenario scenario, string through, int run)
    {
        await using var set = await FailoverSet.StartAsync();
        await using var way = await WayIn.StartAsync(through, set);
        var writer = new Writer(way.Port);

        var writing = writer.WriteAsync(scenario.Writing);
        await Task.Delay(Before, TimeProvider.System);
        await scenario.Trouble(set);
        await writing;
        if (scenario.Name == "freeze")
            set.Master.Thaw();
        await set.SettleAsync(isOldAlive: scenario.Name != "kill");
        int lost = await writer.CountLostAsync(set.Replica);

        return new FailoverResult(scenario, through, run, writer.Acknowledged, writer.Failed, lost, writer.LongestCall, writer.LongestGap, writer.Failures);
    }
}
