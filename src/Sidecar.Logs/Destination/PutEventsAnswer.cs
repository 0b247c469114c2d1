using System.Text.Json;

namespace Sidecar.Logs.Destination;

/// What an answer to PutLogEvents says of the batch's events.
internal static class PutEventsAnswer
{
    public static SendResult Read(ServiceAnswer answer, int count)
    {
        // A captive portal or a proxy that says 200 has stored nothing: only the service's own JSON acknowledges a batch.
        if (!answer.TryParse(out var document))
            return new SendResult.Unavailable($"a {(int)answer.Status} that is not CloudWatch's: is there a proxy in between?");

        using (document)
        {
            return document.RootElement.TryGetProperty("rejectedLogEventsInfo", out var info) && info.ValueKind == JsonValueKind.Object
                ? new SendResult.Stored(Rejections(info, count), answer.ServerTime)
                : SendResult.StoredAll;
        }
    }

    // tooOld and expired are exclusive ends from the start of the batch, tooNew is the first of a tail: the batch is in order of time.
    private static List<Rejection> Rejections(JsonElement info, int count)
    {
        var tooOld = Index(info, "tooOldLogEventEndIndex", count) ?? 0;
        var expired = Math.Max(tooOld, Index(info, "expiredLogEventEndIndex", count) ?? 0);
        var tooNew = Math.Max(expired, Index(info, "tooNewLogEventStartIndex", count) ?? count);

        var rejections = new List<Rejection>(3);
        Add(RejectionReason.TooOld, 0, tooOld);
        Add(RejectionReason.Expired, tooOld, expired);
        Add(RejectionReason.TooNew, tooNew, count);
        return rejections;

        void Add(RejectionReason reason, int first, int end)
        {
            if (end > first)
                rejections.Add(new Rejection(reason, first, end - first));
        }
    }

    private static int? Index(JsonElement info, string property, int count) =>
        info.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var index)
            ? Math.Clamp(index, 0, count)
            : null;
}
