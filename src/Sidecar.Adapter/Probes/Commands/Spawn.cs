using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace Sidecar.Adapter.Probes.Commands;

/// Starts a program in a process group of its own, its output into a pipe, with nothing else of ours open and no signal
/// ignored or held back. The framework's Process can't do the first, and leaves SIGPIPE ignored.
internal static unsafe partial class Spawn
{
    private const short SetProcessGroup = 0x02;
    private const short SetDefaultSignals = 0x04;
    private const short SetSignalMask = 0x08;
    private const int SignalSetBytes = 128;
    // More than either C library's types need (336 and 80 bytes).
    private const int OpaqueBytes = 1024;

    /// 0 with the new process's id, or the error number.
    public static int Start(ImmutableArray<string> words, IEnumerable<string> environment, int output, out int pid)
    {
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        var none = stackalloc byte[SignalSetBytes];
        var defaults = stackalloc byte[SignalSetBytes];
        new Span<byte>(none, SignalSetBytes).Clear();
        // All of them: the C library leaves out those that can't be set.
        new Span<byte>(defaults, SignalSetBytes).Fill(0xff);
        var arguments = Vector(words);
        var variables = Vector(environment);
        try
        {
            InitActions(actions);
            AddOpen(actions, 0, "/dev/null", 0, 0);
            AddDuplicate(actions, output, 1);
            AddDuplicate(actions, output, 2);
            InitAttributes(attributes);
            SetFlags(attributes, SetProcessGroup | SetDefaultSignals | SetSignalMask);
            SetGroup(attributes, 0);
            SetMask(attributes, none);
            SetDefaults(attributes, defaults);
            return SpawnProgram(out pid, words[0], actions, attributes, arguments, variables);
        }
        finally
        {
            DestroyActions(actions);
            DestroyAttributes(attributes);
            Free(arguments);
            Free(variables);
        }
    }

    private static byte** Vector(IEnumerable<string> texts)
    {
        var all = texts.ToArray();
        var vector = (byte**)NativeMemory.AllocZeroed((nuint)(all.Length + 1), (nuint)sizeof(byte*));
        for (var at = 0; at < all.Length; at++)
        {
            var bytes = Encoding.UTF8.GetBytes(all[at]);
            vector[at] = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
            bytes.CopyTo(new Span<byte>(vector[at], bytes.Length));
        }
        return vector;
    }

    private static void Free(byte** vector)
    {
        for (var at = 0; vector[at] is not null; at++)
            NativeMemory.Free(vector[at]);
        NativeMemory.Free(vector);
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SpawnProgram(out int pid, string file, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial void InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void AddOpen(byte* actions, int file, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial void AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial void DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial void InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial void SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    private static partial void SetGroup(byte* attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial void SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial void SetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial void DestroyAttributes(byte* attributes);
}
