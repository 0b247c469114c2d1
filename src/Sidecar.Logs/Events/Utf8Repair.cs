using System.Text;
using System.Text.Unicode;

namespace Sidecar.Logs.Events;

/// Makes bytes valid UTF-8: what is not becomes U+FFFD, which can make a message up to three times as long.
internal static class Utf8Repair
{
    public const int MaxGrowth = 3;

    public static bool IsNeeded(ReadOnlySpan<byte> message) => !Utf8.IsValid(message);

    public static byte[] Repair(ReadOnlySpan<byte> message)
    {
        var text = Encoding.UTF8.GetString(message);
        return Encoding.UTF8.GetBytes(text);
    }
}
