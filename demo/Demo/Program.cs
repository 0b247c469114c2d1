using System.Runtime.InteropServices;
using Demo;

// The conductor: starts the shop with its three sidecars, breaks things one after the other, and counts.
if (DemoOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(DemoOptions.Usage);
    return 64;
}

using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
return await new Play(options, new Narrator(TimeProvider.System)).RunAsync(stopping.Token);

void Stop(PosixSignalContext signal)
{
    // Not ended here: the stage has to be cleared first.
    signal.Cancel = true;
    stopping.Cancel();
}
