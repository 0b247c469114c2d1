namespace LegacyApp;

/// Takes orders and writes about each. Every line carries its number at the end, so no two lines are alike; some orders
/// fail with a stack trace of many lines.
internal sealed class Orders(OrderLog log, int perSecond, string pauseWhileExists, WaitHandle stopping)
{
    private const int FailsEvery = 25;

    private int _number;

    public void Run()
    {
        // Bursts of a tenth of a second, as timers are coarse.
        var burst = Math.Max(1, perSecond / 10);
        do
        {
            for (var i = 0; i < burst && !File.Exists(pauseWhileExists); i++)
                log.Write(Take(++_number));
        }
        while (!stopping.WaitOne(TimeSpan.FromSeconds((double)burst / perSecond)));
        log.Write($"{OrderLog.Stamp()} INFO  [main] Shop - closed after {_number} orders\n");
    }

    private string Take(int number)
    {
        try
        {
            return $"{OrderLog.Stamp()} INFO  [orders] Shop - order placed: {Place(number)} für Größe „M“, 47,11 € #{number:000000}\n";
        }
        catch (InvalidOperationException failure)
        {
            var trace = failure.ToString().Split('\n').Select(line => $"{line} #{number:000000}\n");
            return $"{OrderLog.Stamp()} ERROR [orders] Shop - order failed #{number:000000}\n{string.Concat(trace)}";
        }
    }

    private static string Place(int number) => $"{Reserve(number)} items";

    private static int Reserve(int number) =>
        number % FailsEvery != 0
            ? 1 + (number % 3)
            : throw new InvalidOperationException("no stock for this item", new TimeoutException("the warehouse did not answer"));
}
