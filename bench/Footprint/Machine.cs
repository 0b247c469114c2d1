using System.Globalization;
using System.Runtime.InteropServices;

namespace Footprint;

/// The machine in one line, to stand beside figures.
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        var memory = long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return $"{model ?? "unknown CPU"}, {Environment.ProcessorCount} cores, {memory / 1024 / 1024} GiB, {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}";
    }
}
