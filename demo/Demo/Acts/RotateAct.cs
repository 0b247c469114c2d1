namespace Demo.Acts;

/// The log is rotated three times while the app writes on.
internal sealed class RotateAct(LogRotation rotation, Narrator narrator)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        narrator.Act("logrotate takes the log away, three times, while the app writes 200 orders a second");
        for (var i = 0; i < 3; i++)
        {
            await rotation.RotateAsync(cancellation);
            await Pause.OfAsync(1, cancellation);
        }
    }
}
