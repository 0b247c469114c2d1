using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sidecar.Testing.Redis;

/// A real server process in a directory of its own, stopped by its process id and nothing else.
public sealed partial class ServerProcess : IAsyncDisposable
{
    private const int SigCont = 18;
    private const int SigStop = 19;

    // Several tests draw at once, and bind later.
    private static readonly ConcurrentDictionary<int, int> Given = new();

    private readonly string _program;
    private readonly string[] _arguments;
    private Process? _process;

    public ServerProcess(string program, string directory, params string[] arguments)
    {
        _program = program;
        _arguments = arguments;
        Directory = directory;
    }

    public string Directory { get; }

    public int ProcessId => (_process ?? throw new InvalidOperationException($"{_program} was not started")).Id;

    public bool IsRunning => _process is { HasExited: false };

    public string LogFile => Path.Combine(Directory, "log");

    /// A port below the range the kernel draws from: while a server is down, a client that connects again and again to a
    /// port of that range would sooner or later be given the same port as its own, and talk to itself.
    public static int FreePort()
    {
        while (true)
        {
            int port = Random.Shared.Next(11_000, 32_000);
            if (!Given.TryAdd(port, port))
                continue;
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: draw again.
            }
        }
    }

    public void Start()
    {
        var start = new ProcessStartInfo(_program)
        {
            WorkingDirectory = Directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in _arguments)
            start.ArgumentList.Add(argument);

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{_program} does not start");
        // Nothing reads the pipes unless someone does, and a full pipe stops the server.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
    }

    /// kill -9: no good-bye, the kernel closes its sockets.
    public async Task KillAsync()
    {
        if (_process is not { } process)
            return;

        _process = null;
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// SIGSTOP: its sockets stay open and say nothing.
    public void Freeze() => Signal(SigStop);

    public void Thaw() => Signal(SigCont);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }

    private void Signal(int signal)
    {
        if (Kill(ProcessId, signal) != 0)
            throw new InvalidOperationException($"signal {signal} to {_program} failed: {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
