namespace Demo.Acts;

/// One of two backends dies without a word, and comes back later.
internal sealed class BackendAct(Stage stage, Narrator narrator)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        narrator.Act($"kill -9 of backend-1 (pid {stage.Backends[0].Id})");
        stage.Backends[0].Kill();
        await Pause.OfAsync(4, cancellation);
        narrator.Say("ambassador", await Status.DegradedAsync(stage, "ambassador", cancellation));
        stage.StartBackend(0);
        await Pause.OfAsync(3, cancellation);
    }
}
