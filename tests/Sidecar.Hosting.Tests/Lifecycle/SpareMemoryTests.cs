using Sidecar.Hosting.Lifecycle;
using Sidecar.Testing;

namespace Sidecar.Hosting.Tests.Lifecycle;

public sealed class SpareMemoryTests
{
    [Fact]
    public void Only_mappings_of_files_that_are_never_written_and_hold_nothing_of_their_own_are_given_back()
    {
        using var volume = new TempVolume();
        var smaps = volume.PathOf("smaps");
        File.WriteAllText(
            smaps,
            Mapping("7f0000000000-7f0000002000 r-xp 00001000 fe:01 1234 /app/agent")
            + Mapping("7f0000010000-7f0000011000 r--s 00000000 fe:01 1234 /app/agent")
            + Mapping("7f0000020000-7f0000021000 rw-p 00000000 fe:01 1234 /app/agent")
            + Mapping("7f0000030000-7f0000031000 r-xp 00000000 fe:01 1234 /app/relocated", dirty: 4)
            + Mapping("7f0000040000-7f0000041000 r--p 00000000 fe:01 1234 /app/copied", anonymous: 8)
            + Mapping("7f0000050000-7f0000051000 r-xp 00000000 00:00 0 ")
            + Mapping("7f0000060000-7f0000061000 r-xp 00000000 00:00 0 [vdso]")
            + Mapping("7f0000070000-7f0000073000 r--p 00000000 fe:01 99 /lib/libc.so.6"));

        Assert.Equal(
            [(0x7f0000000000, 0x2000), (0x7f0000010000, 0x1000), (0x7f0000070000, 0x3000)],
            SpareMemory.CleanMappings(smaps).Select(mapping => ((long)mapping.Start, (int)mapping.Length)).Order());
    }

    [Fact]
    public void A_real_process_has_some() =>
        Assert.NotEmpty(SpareMemory.CleanMappings("/proc/self/smaps"));

    private static string Mapping(string head, int dirty = 0, int anonymous = 0) =>
        $"{head}\nSize: 8 kB\nRss: 8 kB\nPrivate_Clean: 8 kB\nPrivate_Dirty: {dirty} kB\nAnonymous: {anonymous} kB\nVmFlags: rd ex mr mw me\n";
}
