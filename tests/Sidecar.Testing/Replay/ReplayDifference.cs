using System.Text;

namespace Sidecar.Testing.Replay;

/// The first reply of a stream that is another one through the ambassador.
internal sealed record ReplayDifference(int Step, int Connection, string What, string Expected, string Actual)
{
    public static string Show(byte[] frame)
    {
        string text = Encoding.Latin1.GetString(frame.AsSpan(0, Math.Min(frame.Length, 600)));
        return ReplayWord.Quote(text) + (frame.Length > 600 ? $" ... {frame.Length} bytes" : "");
    }

    public override string ToString() => $"step {Step}, connection {Connection}: {What}\n  directly: {Expected}\n  through:  {Actual}";
}
