using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Tailing;

/// How files are held on to.
internal static class TailSettings
{
    public static readonly Setting<long> HoldLimit = Setting.Size(
        "LOGS_HOLD_LIMIT",
        "256MiB",
        "How much of their volume deleted files may hold on to, all together, because they are not read yet. Beyond it the oldest is given up, and what was unread of it is lost and counted: better than a full volume, which evicts the pod. The default is a quarter of a volume of 1 GiB.",
        min: "0");

    public static IEnumerable<ISetting> All => [HoldLimit];
}
