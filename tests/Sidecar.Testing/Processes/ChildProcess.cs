using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;

namespace Sidecar.Testing.Processes;

/// A program we started: its lines as they come, signals by its id, and gone when disposed. Its environment is what
/// is given and PATH, nothing of ours.
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private ImmutableList<string> _output = [];
    private ImmutableList<string> _error = [];

    private ChildProcess(ProcessStartInfo start, Action<string>? onLine)
    {
        Name = Path.GetFileName(start.FileName);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(ref _output, line.Data, onLine);
        _process.ErrorDataReceived += (_, line) => Keep(ref _error, line.Data, onLine);
        if (!_process.Start())
            throw new InvalidOperationException($"{start.FileName} did not start.");

        // Kept for after the end, when Process no longer tells it.
        Id = _process.Id;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.StandardInput.Close();
    }

    public string Name { get; }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// Lines on stdout so far.
    public IReadOnlyList<string> Output => _output;

    /// Lines on stderr so far.
    public IReadOnlyList<string> Error => _error;

    /// Both, as one text.
    public string Transcript => string.Join('\n', [.. _output, .. _error]);

    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        Action<string>? onLine = null,
        string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        var path = start.Environment["PATH"];
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        foreach (var (name, value) in environment ?? ImmutableDictionary<string, string>.Empty)
            start.Environment[name] = value;
        return new ChildProcess(start, onLine);
    }

    /// Asks it to end, as an orchestrator does.
    public void Terminate() => Signal(UnixSignal.Terminate);

    /// Ends it without a chance to do anything more.
    public void Kill() => Signal(UnixSignal.Kill);

    public void Signal(UnixSignal signal)
    {
        if (!_process.HasExited)
            UnixSignals.Send(Id, signal);
    }

    /// The exit code, once all output has been read. 128 + signal when it was killed.
    public async Task<int> WaitForExitAsync(TimeSpan? within = null, CancellationToken cancellation = default)
    {
        var limit = within ?? Eventually.Patience;
        try
        {
            await _process.WaitForExitAsync(cancellation).WaitAsync(limit, TimeProvider.System, cancellation);
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"{Name} ({Id}) did not end within {limit.TotalSeconds:0.#} s. It said:\n{Transcript}", timeout);
        }
        return _process.ExitCode;
    }

    /// The first line, on either stream, that matches.
    public async Task<string> WaitForLineAsync(Func<string, bool> matches, TimeSpan? within = null, CancellationToken cancellation = default)
    {
        await Eventually.MatchAsync(
            () => Transcript,
            _ => HasExited || Find() is not null,
            within,
            cancellation,
            $"a line of {Name}");
        if (Find() is { } line)
            return line;

        // It has ended: its last lines may still be on their way through the pipe.
        await WaitForExitAsync(within, cancellation);
        return Find() ?? throw new InvalidOperationException($"{Name} ({Id}) ended without the line. It said:\n{Transcript}");

        string? Find() => _output.Concat(_error).FirstOrDefault(matches);
    }

    /// What the kernel counts for it now.
    public ProcessUsage ReadUsage() => ProcessUsage.Of(Id);

    public async ValueTask DisposeAsync()
    {
        try
        {
            Kill();
            await _process.WaitForExitAsync().WaitAsync(Eventually.Patience, TimeProvider.System);
        }
        finally
        {
            _process.Dispose();
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Id})");

    private void Keep(ref ImmutableList<string> lines, string? line, Action<string>? onLine)
    {
        if (line is null)
            return;

        lock (_lock)
            lines = lines.Add(line);
        onLine?.Invoke(line);
    }
}
