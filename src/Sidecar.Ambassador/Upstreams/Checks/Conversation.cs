namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>Speaks the steps of a check with an endpoint. What it says beyond what is expected does not count.</summary>
internal static class Conversation
{
    // Whoever has not said it by then says something else.
    private const int MostBytes = 64 * 1024;

    public static async Task<CheckResult> HoldAsync(Wire wire, IReadOnlyList<CheckStep> steps, CancellationToken cancellation)
    {
        var heard = new byte[MostBytes];
        var count = 0;
        foreach (var step in steps)
        {
            if (!step.IsExpect)
            {
                // What was said before it was asked is no answer.
                count = 0;
                await wire.SendAsync(step.Bytes, cancellation);
                continue;
            }

            while (heard.AsSpan(0, count).IndexOf(step.Bytes) < 0)
            {
                if (count == heard.Length) return CheckResult.Failed($"said {MostBytes} bytes, and '{step.Text}' was not among them");
                var received = await HearAsync(wire, heard.AsMemory(count), hasHeard: count > 0, cancellation);
                if (received == 0) return CheckResult.Failed(count == 0 ? $"closed the connection instead of saying '{step.Text}'" : $"said {Show(heard.AsSpan(0, count))} instead of '{step.Text}'");
                count += received;
            }
        }

        return CheckResult.Passed;
    }

    // Who waits in vain after it was told something else should say what that was.
    private static async Task<int> HearAsync(Wire wire, Memory<byte> into, bool hasHeard, CancellationToken cancellation)
    {
        try
        {
            return await wire.ReceiveAsync(into, cancellation);
        }
        catch (OperationCanceledException) when (hasHeard)
        {
            return 0;
        }
    }

    private static string Show(ReadOnlySpan<byte> said)
    {
        const int Most = 60;
        var shown = string.Concat(said[..Math.Min(said.Length, Most)].ToArray().Select(b => b is >= 0x20 and < 0x7F ? ((char)b).ToString() : $"\\x{b:x2}"));
        return said.Length > Most ? $"'{shown}' and more" : $"'{shown}'";
    }
}
