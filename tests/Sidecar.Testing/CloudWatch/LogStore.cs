using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sidecar.Testing.CloudWatch;

/// The groups, streams and events of the stand-in, and what each operation does to them.
internal sealed class LogStore(TimeProvider time, string? dataDirectory, Action<string> onChange)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, LogGroupRecord> _groups = new(StringComparer.Ordinal);
    private readonly List<StoredEvent> _refused = [];
    private int _batches;

    public int Batches
    {
        get
        {
            lock (_lock)
                return _batches;
        }
    }

    public JsonObject? CreateLogGroup(JsonElement request)
    {
        var name = NameRules.Group(request);
        var group = new LogGroupRecord(name, Now)
        {
            Class = NameRules.Optional(request, "logGroupClass") ?? "STANDARD",
            KmsKeyId = NameRules.Optional(request, "kmsKeyId"),
            Tags = NameRules.Tags(request),
        };
        if (group.Class is not ("STANDARD" or "INFREQUENT_ACCESS" or "DELIVERY"))
            throw new ServiceErrorException(ServiceError.InvalidParameter($"logGroupClass {group.Class} is not valid."));

        lock (_lock)
        {
            if (!_groups.TryAdd(name, group))
                throw new ServiceErrorException(ServiceError.Exists("log group"));
        }

        onChange($"group {name} created");
        return null;
    }

    public JsonObject? CreateLogStream(JsonElement request)
    {
        var (groupName, streamName) = (NameRules.Group(request), NameRules.Stream(request));
        lock (_lock)
        {
            if (!Group(groupName).Streams.TryAdd(streamName, new LogStreamRecord(streamName, Now)))
                throw new ServiceErrorException(ServiceError.Exists("log stream"));
        }

        onChange($"stream {groupName}/{streamName} created");
        return null;
    }

    public JsonObject? PutRetentionPolicy(JsonElement request)
    {
        var (name, days) = (NameRules.Group(request), NameRules.Retention(request));
        lock (_lock)
            Group(name).RetentionDays = days;
        onChange($"group {name} keeps events for {days} days");
        return null;
    }

    /// What was answered to be rejected.
    public IReadOnlyList<StoredEvent> Refused
    {
        get
        {
            lock (_lock)
                return [.. _refused];
        }
    }

    /// The batch is 0 when nothing of it was stored.
    public JsonObject PutLogEvents(JsonElement request, bool rejectsHalf, out int number)
    {
        var (groupName, streamName) = (NameRules.Group(request), NameRules.Stream(request));
        var incoming = PutLogEventsRules.Read(request);
        lock (_lock)
        {
            var group = Group(groupName);
            var stream = Stream(group, streamName);
            var now = Now;
            var rejected = PutLogEventsRules.Check(incoming, now, group.RetentionDays);
            if (rejectsHalf)
                rejected = rejected with { TooOldEnd = Math.Max(rejected.TooOldEnd ?? 0, (incoming.Count + 1) / 2) };
            var (start, length) = rejected.Valid(incoming.Count).GetOffsetAndLength(incoming.Count);
            number = length > 0 ? ++_batches : 0;
            for (var i = 0; i < incoming.Count; i++)
            {
                var item = new StoredEvent(incoming[i].Timestamp, now, incoming[i].Message, number);
                (i >= start && i < start + length ? stream.Events : _refused).Add(item);
            }

            if (dataDirectory is not null)
                Append(dataDirectory, groupName, streamName, incoming.Slice(start, length));
            return Stored(rejected, incoming.Count - length);
        }
    }

    public JsonObject DescribeLogStreams(JsonElement request)
    {
        var groupName = NameRules.Group(request);
        var prefix = NameRules.Optional(request, "logStreamNamePrefix") ?? "";
        var after = NameRules.Optional(request, "nextToken") ?? "";
        var limit = Limit(request, 50);
        lock (_lock)
        {
            var streams = Group(groupName).Streams.Values
                .Where(s => s.Name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(s.Name, after) > 0)
                .Take(limit + 1).ToList();
            var answer = new JsonObject { ["logStreams"] = new JsonArray([.. streams.Take(limit).Select(s => Describe(groupName, s))]) };
            if (streams.Count > limit)
                answer["nextToken"] = streams[limit - 1].Name;
            return answer;
        }
    }

    /// Tokens are `f/index` and `b/index`; reading forward past the end gives the same token again.
    public JsonObject GetLogEvents(JsonElement request)
    {
        var (groupName, streamName) = (NameRules.Group(request), NameRules.Stream(request));
        var from = Number(request, "startTime") ?? 0;
        var to = Number(request, "endTime") ?? long.MaxValue;
        var limit = Limit(request, 10_000);
        var fromHead = request.TryGetProperty("startFromHead", out var head) && head.ValueKind == JsonValueKind.True;
        lock (_lock)
        {
            var events = Stream(Group(groupName), streamName).Events
                .Where(e => e.Timestamp >= from && e.Timestamp < to).OrderBy(e => e.Timestamp).ToList();
            var (start, end) = Page(NameRules.Optional(request, "nextToken"), fromHead, limit, events.Count);
            return new JsonObject
            {
                ["events"] = new JsonArray([.. events[start..end].Select(Answer)]),
                ["nextForwardToken"] = $"f/{end}",
                ["nextBackwardToken"] = $"b/{start}",
            };
        }
    }

    /// Deletes a group, or one of its streams, as someone with a console would; returns what was in it.
    public IReadOnlyList<StoredEvent> Vanish(string group, string? stream)
    {
        lock (_lock)
        {
            if (!_groups.TryGetValue(group, out var known))
                return [];
            var gone = known.Streams.Values.Where(one => stream is null || one.Name == stream).ToList();
            foreach (var one in gone)
                known.Streams.Remove(one.Name);
            if (stream is null)
                _groups.Remove(group);
            return [.. gone.SelectMany(one => one.Events)];
        }
    }

    public IReadOnlyList<StoredEvent> Events(string group, string stream)
    {
        lock (_lock)
            return _groups.TryGetValue(group, out var g) && g.Streams.TryGetValue(stream, out var s) ? [.. s.Events] : [];
    }

    public IReadOnlyList<LogGroupView> Groups()
    {
        lock (_lock)
            return [.. _groups.Values.Select(g => new LogGroupView(g.Name, g.RetentionDays, g.Class, g.KmsKeyId, g.Tags, [.. g.Streams.Keys]))];
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private LogGroupRecord Group(string name) =>
        _groups.GetValueOrDefault(name) ?? throw new ServiceErrorException(ServiceError.NotFound("log group"));

    private static LogStreamRecord Stream(LogGroupRecord group, string name) =>
        group.Streams.GetValueOrDefault(name) ?? throw new ServiceErrorException(ServiceError.NotFound("log stream"));

    private JsonObject Stored(RejectedEvents rejected, int count)
    {
        // The sequence token has been without meaning since 2023, but it is still answered.
        var answer = new JsonObject { ["nextSequenceToken"] = "49590302938223490000000000000000000000000000000000000000" };
        if (!rejected.Any)
            return answer;

        onChange($"{count} events rejected: too old, expired or too new");
        var info = new JsonObject();
        if (rejected.TooNewStart is { } tooNew)
            info["tooNewLogEventStartIndex"] = tooNew;
        if (rejected.TooOldEnd is { } tooOld)
            info["tooOldLogEventEndIndex"] = tooOld;
        if (rejected.ExpiredEnd is { } expired)
            info["expiredLogEventEndIndex"] = expired;
        answer["rejectedLogEventsInfo"] = info;
        return answer;
    }

    private static void Append(string directory, string group, string stream, List<IncomingEvent> events)
    {
        var path = Path.Combine(directory, group.Trim('/'), stream.Trim('/') + ".log");
        if (!Path.GetFullPath(path).StartsWith(Path.GetFullPath(directory) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ServiceErrorException(ServiceError.InvalidParameter($"stream {stream} leads out of the data directory"));

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 1 << 16);
        foreach (var item in events)
        {
            file.Write(item.Message);
            file.WriteByte((byte)'\n');
        }
    }

    private static JsonObject Describe(string group, LogStreamRecord stream)
    {
        var described = new JsonObject
        {
            ["logStreamName"] = stream.Name,
            ["creationTime"] = stream.Created,
            ["arn"] = $"arn:aws:logs:eu-west-1:123456789012:log-group:{group}:log-stream:{stream.Name}",
            ["storedBytes"] = 0,
        };
        if (stream.Events.Count > 0)
        {
            described["firstEventTimestamp"] = stream.Events.Min(e => e.Timestamp);
            described["lastEventTimestamp"] = stream.Events.Max(e => e.Timestamp);
            described["lastIngestionTime"] = stream.Events[^1].IngestionTime;
        }

        return described;
    }

    private static JsonObject Answer(StoredEvent stored) => new()
    {
        ["timestamp"] = stored.Timestamp,
        ["message"] = stored.Text,
        ["ingestionTime"] = stored.IngestionTime,
    };

    private static (int Start, int End) Page(string? token, bool fromHead, int limit, int count)
    {
        if (token is null)
            return fromHead ? (0, Math.Min(limit, count)) : (Math.Max(0, count - limit), count);
        if (!int.TryParse(token.AsSpan(Math.Min(2, token.Length)), out var index) || index < 0 || index > count || token[1] != '/')
            throw new ServiceErrorException(ServiceError.InvalidParameter("The specified nextToken is invalid."));
        return token[0] == 'f' ? (index, Math.Min(index + limit, count)) : (Math.Max(0, index - limit), index);
    }

    private static long? Number(JsonElement request, string property) =>
        request.TryGetProperty(property, out var value) && value.TryGetInt64(out var number) ? number : null;

    private static int Limit(JsonElement request, int most)
    {
        var limit = Number(request, "limit") ?? most;
        if (limit < 1 || limit > most)
            throw new ServiceErrorException(ServiceError.InvalidParameter($"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: between 1 and {most}"));
        return (int)limit;
    }
}
