using System.Globalization;

namespace LogShipping;

/// One row of the table.
internal sealed record Measurement(string What, long MessageBytes, TimeSpan Elapsed, TimeSpan Cpu, long PeakResidentBytes, long Calls)
{
    public static void Head()
    {
        Console.WriteLine("| what | MB | MB/s | CPU-s per GB | peak RSS MB | calls |");
        Console.WriteLine("|---|---|---|---|---|---|");
    }

    public void Print() => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {What} | {MessageBytes / 1e6:0} | {MessageBytes / 1e6 / Elapsed.TotalSeconds:0} | {Cpu.TotalSeconds / (MessageBytes / 1e9):0.00} | {PeakResidentBytes / 1e6:0} | {Calls} |"));

    public static long PeakOf(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(one => one.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("VmHWM:".Length, line.Length - "VmHWM:".Length - "kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
    }
}
