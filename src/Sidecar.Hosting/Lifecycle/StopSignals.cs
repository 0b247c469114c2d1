using System.Runtime.InteropServices;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Lifecycle;

/// <summary>SIGTERM and SIGINT: the first asks for an orderly end, the second ends at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProcessEnd _processEnd;
    private int _count;

    public StopSignals(ProcessEnd processEnd)
    {
        _processEnd = processEnd;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, On), PosixSignalRegistration.Create(PosixSignal.SIGINT, On)];
    }

    /// <summary>Ends at the second signal.</summary>
    public Task Second => _second.Task;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void On(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
        {
            _second.TrySetResult();
        }

        _processEnd.Ask(context.Signal.ToString());
    }
}
