using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sidecar.Hosting.Lifecycle;

/// Gives back what only the start needed, a few seconds after it, and what only a burst of work needed, when it is over: the pages
/// of the program file, most of an idle agent's resident memory, which come back from the page cache by themselves, and what is
/// garbage. What the C library keeps of memory that was freed, OpenSSL's above all, is given back all the time.
internal sealed partial class SpareMemory(TimeProvider time, ILogger<SpareMemory> logger) : BackgroundService
{
    private const int BufferBytes = 16 * 1024;
    private const int DontNeed = 4;
    private const int Cold = 20;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(4);

    /// While the runtime loads an assembly its pages are written and made read-only again, which takes milliseconds. What was a
    /// clean read-only mapping before and after this time is no longer being loaded.
    private static readonly TimeSpan LongerThanALoad = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(AfterStart, time, stoppingToken);
            while (true)
            {
                await GiveBackAsync(stoppingToken);
                await EndOfBurstAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EntryPointNotFoundException)
        {
            Log.NotGivenBack(logger, e.Message);
        }
    }

    private async Task GiveBackAsync(CancellationToken cancellation)
    {
        var before = CleanMappings("/proc/self/smaps");
        await Task.Delay(LongerThanALoad, time, cancellation);
        before.IntersectWith(CleanMappings("/proc/self/smaps"));
        foreach (var mapping in before)
        {
            // Cold first: the pages stay cached, but no longer count as the container's working set.
            _ = Advise(mapping.Start, mapping.Length, Cold);
            _ = Advise(mapping.Start, mapping.Length, DontNeed);
        }

        // What was left to its finalizer holds memory of OpenSSL's, which is not collected, and more objects.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        _ = Trim(0);
        Log.GaveBack(logger, before.Count);
    }

    private async Task EndOfBurstAsync(CancellationToken cancellation)
    {
        var burst = new Burst(Turn, Environment.WorkingSet);
        var before = Environment.CpuUsage.TotalTime;
        using var turns = new PeriodicTimer(Turn, time);
        while (await turns.WaitForNextTickAsync(cancellation))
        {
            _ = Trim(0);
            var now = Environment.CpuUsage.TotalTime;
            if (burst.IsOverAfter(now - before, Environment.WorkingSet))
                return;
            before = now;
        }
    }

    /// The mappings of files that can't be written and hold no page that differs from its file.
    internal static HashSet<Mapping> CleanMappings(string smaps)
    {
        var found = new HashSet<Mapping>();
        Mapping? current = null;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // A stream of no buffer of its own: the kernel makes the text while it is read, and a place in it can't be sought.
            using var file = new FileStream(smaps, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var held = 0;
            while (file.Read(buffer, held, buffer.Length - held) is > 0 and var read)
            {
                held += read;
                var rest = buffer.AsSpan(0, held);
                for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
                    Take(rest[..end], ref current, found);
                if (rest.Length == buffer.Length)
                    throw new IOException($"{smaps} has a line longer than any path");
                held = rest.Length;
                rest.CopyTo(buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (current is { } last)
            found.Add(last);
        return found;
    }

    /// `7f00-7f10 r-xp 00001000 fe:01 1234 /app/x` begins a mapping; `Private_Dirty:  4 kB` and the like follow.
    private static void Take(ReadOnlySpan<byte> line, ref Mapping? current, HashSet<Mapping> found)
    {
        if (line.Length > 0 && line[0] is >= (byte)'A' and <= (byte)'Z')
        {
            if (current is not null && IsDirt(line) && line.ContainsAnyInRange((byte)'1', (byte)'9'))
                current = null;
            return;
        }

        if (current is { } whole)
            found.Add(whole);
        current = null;
        if (Utf8Parser.TryParse(line, out long start, out var digits, 'x')
            && Utf8Parser.TryParse(line[(digits + 1)..], out long end, out var more, 'x')
            && line[(digits + more + 2)..] is var rest
            && (rest.StartsWith("r-xp "u8) || rest.StartsWith("r--p "u8) || rest.StartsWith("r--s "u8))
            && rest.IndexOf((byte)'/') >= 0)
        {
            current = new Mapping((nint)start, (nint)(end - start));
        }
    }

    private static bool IsDirt(ReadOnlySpan<byte> line) =>
        line.StartsWith("Private_Dirty:"u8) || line.StartsWith("Shared_Dirty:"u8) || line.StartsWith("Anonymous:"u8) || line.StartsWith("Swap:"u8);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);

    /// Only glibc has it.
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nint keep);

    internal readonly record struct Mapping(nint Start, nint Length);

    private static partial class Log
    {
        [LoggerMessage(1061, LogLevel.Debug, "Gave back the pages of {Mappings} mappings of files; what is needed comes back.")]
        public static partial void GaveBack(ILogger logger, int mappings);

        [LoggerMessage(1062, LogLevel.Debug, "What is needed no more stays in memory: {Reason}.")]
        public static partial void NotGivenBack(ILogger logger, string reason);
    }
}
