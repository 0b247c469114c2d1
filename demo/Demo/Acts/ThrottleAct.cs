using System.Globalization;
using System.Text.Json.Nodes;
using Sidecar.Testing;

namespace Demo.Acts;

/// CloudWatch refuses every batch for a while, and the log is rotated meanwhile.
internal sealed class ThrottleAct(Stage stage, LogRotation rotation, Narrator narrator)
{
    public async Task<Promise> RunAsync(CancellationToken cancellation)
    {
        narrator.Act("CloudWatch throttles for 4 s, and logrotate rotates in the middle of it");
        await stage.CloudWatchAsync("fault=throttle&seconds=4", cancellation);
        await Pause.OfAsync(1.5, cancellation);
        await rotation.RotateAsync(cancellation);
        narrator.Say("logs", await Status.DegradedAsync(stage, "logs", cancellation));
        await Pause.OfAsync(2.5, cancellation);

        // From here on the backlog has to shrink until what is stored is as fresh as ever.
        var (written, stored) = (stage.WrittenBytes, stage.StoredBytes);
        var clock = TimeProvider.System;
        var ended = clock.GetTimestamp();
        await Eventually.TrueAsync(
            () => stage.StoredBytes >= written, TimeSpan.FromSeconds(15), cancellation, "all that was written during the throttling is stored");
        var took = clock.GetElapsedTime(ended);
        narrator.Say("demo", string.Create(CultureInfo.InvariantCulture, $"the {(written - stored) / 1024} KiB that waited are stored, {took.TotalSeconds:0.0} s after the throttling ended"));
        var refused = JsonNode.Parse(await stage.CloudWatchAsync(fault: null, cancellation))!["faultsServed"]!.GetValue<int>();
        return new Promise(
            "what throttling held back is stored",
            string.Create(CultureInfo.InvariantCulture, $"{refused} batches refused, all stored {took.TotalSeconds:0.0} s after the throttling ended"),
            refused > 0);
    }
}
