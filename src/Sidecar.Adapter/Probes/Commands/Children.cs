using System.Collections;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Sidecar.Hosting.ProcFs;

namespace Sidecar.Adapter.Probes.Commands;

/// The commands that this process has started, and what they leave behind. A command is not reaped before everything it
/// started is dead: until then its process id, and that of its group, can't become another's.
internal sealed unsafe partial class Children
{
    private const int Kill = 9;
    private const int AnyChild = 0;
    private const int OneChild = 1;
    private const int NoHang = 1;
    private const int Exited = 4;
    private const int LeaveIt = 0x01000000;
    private const int SignalInfoBytes = 128;
    private const int PidOffset = 16;
    private const int BecomeSubreaper = 36;
    private const int ChildEnded = 17;
    private const nint DefaultAction = 0;

    private static readonly TimeSpan WhileCommandsRun = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan WhileNoneRuns = TimeSpan.FromSeconds(1);

    /// How the tag of every command of this process begins.
    private static readonly string OwnTag = $"SIDECAR_COMMAND={Environment.ProcessId}.";

    private static readonly Lazy<Children> Instance = new(() => new Children());

    private readonly ProcessTable _processes = new();
    private readonly ProcessDetails _details = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Child> _running = [];
    private readonly HashSet<int> _abandoned = [];
    private readonly PosixSignalRegistration? _childEnded;
    private readonly ITimer? _look;
    private long _started;
    private ulong _firstStart = ulong.MaxValue;

    private Children()
    {
        // What a command leaves behind becomes our child rather than that of a process 1 that may never reap it.
        if (AdoptsOrphans)
            Control(BecomeSubreaper, 1, 0, 0, 0);
        // When the runtime handles SIGCHLD as process 1 it reaps every child, with the exit codes of commands. So it gets none there,
        // and we look instead.
        if (Environment.ProcessId == 1)
            _look = TimeProvider.System.CreateTimer(static self => ((Children)self!).Look(), this, WhileNoneRuns, WhileNoneRuns);
        else
            _childEnded = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Look());
    }

    /// True in a process that is all ours, so that whatever child it finds is its own or an orphan: reaping others' children
    /// would take their exit codes from them.
    public static bool AdoptsOrphans { get; set; }

    public static Children OfThisProcess => Instance.Value;

    /// As the first process of a container we are given every orphan there is, whether we run commands or not.
    public static void ReapIfFirst()
    {
        if (AdoptsOrphans && Environment.ProcessId == 1)
            OfThisProcess.Look();
    }

    /// The command, or the error number.
    public (Child? Child, int Error) Start(ImmutableArray<string> words, int output)
    {
        lock (_lock)
        {
            // On a terminal the runtime handles it without being asked to.
            if (_look is not null)
                SetAction(ChildEnded, DefaultAction);
            var tag = $"{OwnTag}{++_started}.{Random.Shared.NextInt64():x}";
            var error = Spawn.Start(words, [tag, .. Inherited()], output, out var pid);
            if (error != 0)
                return (null, error);

            _processes.ReadStat(pid, out var stat);
            _firstStart = Math.Min(_firstStart, stat.StartTicks);
            if (_running.Count == 0)
                _look?.Change(WhileCommandsRun, WhileCommandsRun);
            return (_running[pid] = new Child(pid, tag, stat.StartTicks), 0);
        }
    }

    /// Ends the command and all that it started, however far that has run away. True when nothing was left to end.
    public bool KillAll(Child child)
    {
        lock (_lock)
        {
            Signal(-child.Pid, Kill);
            var all = _processes.All().Where(stat => !stat.HasEnded).ToDictionary(stat => stat.Pid);
            var found = 0;
            foreach (var stat in all.Values.Where(stat => stat.Pid != Environment.ProcessId && IsOfNeedsLock(child, stat, all)))
            {
                Signal(stat.Pid, Kill);
                found++;
            }
            return found == 0;
        }
    }

    /// Takes the command's exit status, as waitpid has it; null when it has not ended yet, and is then reaped later.
    public int? Release(Child child)
    {
        int? status = null;
        lock (_lock)
        {
            _running.Remove(child.Pid);
            if (_running.Count == 0)
                _look?.Change(WhileNoneRuns, WhileNoneRuns);
            if (Wait(child.Pid, out var value, NoHang) == child.Pid)
                status = value;
            else
                _abandoned.Add(child.Pid);
        }
        Look();
        return status;
    }

    private bool IsOfNeedsLock(Child child, in ProcessStat stat, Dictionary<int, ProcessStat> all)
    {
        var (pid, parent) = (stat.Pid, stat.ParentPid);
        for (var steps = 0; steps < all.Count && pid != child.Pid && all.TryGetValue(parent, out var above); steps++)
            (pid, parent) = (above.Pid, above.ParentPid);
        if (pid == child.Pid)
            return true;

        // An orphan is the child of process 1 or of ours, and known by what it was started with.
        if (stat.ParentPid != 1 && stat.ParentPid != Environment.ProcessId)
            return false;

        var isTagged = _details.WasStartedWith(stat.Pid, child.Tag);
        return isTagged == true || IsLeftOverNeedsLock(child, stat, isTagged);
    }

    // One that shows the tag of a command that is over was just being made when that was ended. One that hides what it was started
    // with is of a command that is over unless it is younger than one that runs: then it is looked at again at the end of that. As
    // process 1 we also hold strangers, which show what they were started with or are older.
    private bool IsLeftOverNeedsLock(Child child, ProcessStat stat, bool? isTagged)
    {
        if (!AdoptsOrphans || stat.ParentPid != Environment.ProcessId || _running.ContainsKey(stat.Pid))
            return false;

        var others = _running.Values.Where(other => other != child);
        if (isTagged is not null && _details.WasStartedWith(stat.Pid, OwnTag) == true)
            return others.All(other => _details.WasStartedWith(stat.Pid, other.Tag) != true);

        return others.All(other => stat.StartTicks < other.StartTicks)
            && (Environment.ProcessId != 1 || (isTagged is null && stat.StartTicks >= _firstStart));
    }

    // Who has ended: commands are told, orphans are reaped.
    private void Look()
    {
        lock (_lock)
        {
            foreach (var child in _running.Values.Where(child => HasEnded(child.Pid)))
                child.End();
            _abandoned.RemoveWhere(pid => Wait(pid, out _, NoHang) != 0);
            while (AdoptsOrphans && NextEnded() is { } orphan && !_running.ContainsKey(orphan))
                Wait(orphan, out _, NoHang);
        }
    }

    private static bool HasEnded(int pid)
    {
        var info = stackalloc byte[SignalInfoBytes];
        *(int*)(info + PidOffset) = 0;
        return WaitFor(OneChild, pid, info, Exited | NoHang | LeaveIt) == 0 && *(int*)(info + PidOffset) == pid;
    }

    private static int? NextEnded()
    {
        var info = stackalloc byte[SignalInfoBytes];
        *(int*)(info + PidOffset) = 0;
        return WaitFor(AnyChild, 0, info, Exited | NoHang | LeaveIt) == 0 && *(int*)(info + PidOffset) is > 0 and var pid ? pid : null;
    }

    // A command gets the container's environment, but none of our settings: they may hold secrets.
    private static IEnumerable<string> Inherited()
    {
#pragma warning disable RS0030 // No setting is read: this is handed on.
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
#pragma warning restore RS0030
        {
            var name = (string)entry.Key;
            if (!name.StartsWith("ADAPTER_", StringComparison.Ordinal) && !name.StartsWith("SIDECAR_", StringComparison.Ordinal))
                yield return $"{name}={entry.Value}";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial void Signal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetAction(int signal, nint action);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int Wait(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "waitid")]
    private static partial int WaitFor(int kind, int id, byte* info, int options);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial void Control(int option, nuint argument, nuint third, nuint fourth, nuint fifth);
}
