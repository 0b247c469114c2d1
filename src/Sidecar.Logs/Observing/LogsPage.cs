using Sidecar.Hosting.Work;

namespace Sidecar.Logs.Observing;

/// What the status page shows of the agent: its streams, its files, what went wrong lately, and how much flows.
internal static class LogsPage
{
    public static void AddTo(AgentState state, LogsPipeline pipeline, LogsMetrics metrics)
    {
        state.Rate("Events read", "", () => metrics.ReadSoFar);
        state.Rate("Events delivered", "", () => metrics.SentSoFar);
        state.Rate("Bytes delivered", "B", () => metrics.MessageBytesSoFar);
        state.Level("Waiting in files", "B", () => pipeline.UnreadBytes);
        state.Section("streams", pipeline.StreamStatus, new StatusTable(
            "Streams",
            new StatusColumn("target", "Stream", StatusForm.Code),
            new StatusColumn("trouble", "Delivery", StatusForm.Trouble),
            new StatusColumn("acknowledged_at", "Last delivered", StatusForm.Ago),
            new StatusColumn("next_try_seconds", "Next try in", StatusForm.Duration),
            new StatusColumn("files", "Files")));
        state.Section("files", pipeline.Status, new StatusTable(
            "Files",
            new StatusColumn("path", "File", StatusForm.Code),
            new StatusColumn("backlog", "Waiting", StatusForm.Bytes),
            new StatusColumn("backlog_age_seconds", "For", StatusForm.Duration),
            new StatusColumn("size", "Size", StatusForm.Bytes),
            new StatusColumn("target", "Stream", StatusForm.Code)));
        state.Section("errors", pipeline.ErrorStatus, new StatusTable(
            "What went wrong lately",
            new StatusColumn("what", "With", StatusForm.Code),
            new StatusColumn("reason", "Why"),
            new StatusColumn("time", "Last", StatusForm.Ago),
            new StatusColumn("times", "Times")));
    }
}
