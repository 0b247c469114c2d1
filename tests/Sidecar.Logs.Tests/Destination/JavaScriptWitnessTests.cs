using System.Text.Json;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace Sidecar.Logs.Tests.Destination;

/// AWS's own JavaScript client drives our stand-in: what it understands is the protocol, down to the class of each error.
public sealed class JavaScriptWitnessTests
{
    private const string Package = "@aws-sdk/client-cloudwatch-logs@3.1169.0";

    private const string CallEverything = """
        import * as logs from '@aws-sdk/client-cloudwatch-logs';
        const [endpoint, secretAccessKey] = process.argv.slice(2);
        const clientWith = secret => new logs.CloudWatchLogsClient({
            region: 'eu-west-1', endpoint, maxAttempts: 1, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret } });
        const client = clientWith(secretAccessKey);
        const group = { logGroupName: '/js/app' };
        const stream = { ...group, logStreamName: 'host/app.log' };
        const now = Date.now(), hour = 3600e3;
        const put = (...events) => new logs.PutLogEventsCommand({ ...stream, logEvents: events.map(([timestamp, message]) => ({ timestamp, message })) });
        const answerTo = async (command, by = client) => {
            try { const { $metadata, ...rest } = await by.send(command); return rest; }
            catch (e) { return { error: e.name, isItsClass: e instanceof (logs[e.name] ?? logs.CloudWatchLogsServiceException), status: e.$metadata?.httpStatusCode }; }
        };
        const fault = query => fetch(endpoint + '_control?' + query, { method: 'POST' });
        const seen = {};
        seen.missing = await answerTo(put([now, 'x']));
        seen.group = await answerTo(new logs.CreateLogGroupCommand({ ...group, tags: { team: 'orders' }, logGroupClass: 'INFREQUENT_ACCESS' }));
        seen.groupAgain = await answerTo(new logs.CreateLogGroupCommand(group));
        seen.stream = await answerTo(new logs.CreateLogStreamCommand(stream));
        seen.streamAgain = await answerTo(new logs.CreateLogStreamCommand(stream));
        seen.retention = await answerTo(new logs.PutRetentionPolicyCommand({ ...group, retentionInDays: 7 }));
        seen.retentionOfEight = await answerTo(new logs.PutRetentionPolicyCommand({ ...group, retentionInDays: 8 }));
        seen.rejected = (await answerTo(put([now - 20 * 24 * hour, 'too old'], [now - 8 * 24 * hour, 'expired'], [now, 'fine \u{1f600} "q" \\ \t\u0001'], [now + 3 * hour, 'too new']))).rejectedLogEventsInfo;
        seen.span = await answerTo(put([now - 25 * hour, 'a'], [now, 'b']));
        seen.disorder = await answerTo(put([now, 'a'], [now - 1, 'b']));
        seen.empty = await answerTo(put([now, '']));
        seen.none = await answerTo(put());
        seen.tooLarge = await answerTo(put([now, 'x'.repeat(1048551)]));
        seen.large = (await answerTo(put([now, 'y'.repeat(1048550)]))).error ?? 'stored';
        await fault('fault=throttle&times=1');
        seen.throttled = await answerTo(put([now, 'x']));
        await fault('fault=unavailable&times=1');
        seen.unavailable = await answerTo(put([now, 'x']));
        await fault('fault=internalerror&times=1');
        seen.internal = await answerTo(put([now, 'x']));
        await fault('fault=accessdenied&times=1');
        seen.denied = await answerTo(put([now, 'x']));
        seen.wrongSecret = await answerTo(put([now, 'x']), clientWith('wrong'));
        seen.streams = (await answerTo(new logs.DescribeLogStreamsCommand(group))).logStreams.map(one => one.logStreamName);
        seen.events = (await answerTo(new logs.GetLogEventsCommand({ ...stream, startFromHead: true }))).events.map(one => one.message.length > 99 ? one.message.length : one.message);
        console.log(JSON.stringify(seen));
        """;

    private const string Expected = """
        {
          "missing": {"error":"ResourceNotFoundException","isItsClass":true,"status":400},
          "group": {},
          "groupAgain": {"error":"ResourceAlreadyExistsException","isItsClass":true,"status":400},
          "stream": {},
          "streamAgain": {"error":"ResourceAlreadyExistsException","isItsClass":true,"status":400},
          "retention": {},
          "retentionOfEight": {"error":"InvalidParameterException","isItsClass":true,"status":400},
          "rejected": {"expiredLogEventEndIndex":2,"tooNewLogEventStartIndex":3,"tooOldLogEventEndIndex":1},
          "span": {"error":"InvalidParameterException","isItsClass":true,"status":400},
          "disorder": {"error":"InvalidParameterException","isItsClass":true,"status":400},
          "empty": {"error":"InvalidParameterException","isItsClass":true,"status":400},
          "none": {"error":"InvalidParameterException","isItsClass":true,"status":400},
          "tooLarge": {"error":"InvalidParameterException","isItsClass":true,"status":400},
          "large": "stored",
          "throttled": {"error":"ThrottlingException","isItsClass":true,"status":400},
          "unavailable": {"error":"ServiceUnavailableException","isItsClass":true,"status":503},
          "internal": {"error":"InternalFailure","isItsClass":true,"status":500},
          "denied": {"error":"AccessDeniedException","isItsClass":true,"status":400},
          "wrongSecret": {"error":"InvalidSignatureException","isItsClass":true,"status":400},
          "streams": ["host/app.log"],
          "events": ["fine \ud83d\ude00 \"q\" \\ \t\u0001", 1048550]
        }
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_stand_in_speaks_as_the_service_does_to_its_own_javascript_client()
    {
        var folder = await InstalledAsync();
        var script = Path.Combine(folder, "call-everything.mjs");
        await File.WriteAllTextAsync(script, CallEverything, Cancellation);
        await using var service = await CloudWatchStandIn.StartAsync();

        string[] arguments = [script, service.Url.ToString(), StandInCredentials.Example.SecretKey];
        if (await ShortProgram.RunAsync("node", folder, arguments, Cancellation) is not (var code, var said))
        {
            Assert.Skip("node is not on this machine");
            return;
        }

        Assert.True(code == 0, said);
        using var seen = JsonDocument.Parse(said);
        using var expected = JsonDocument.Parse(Expected);
        Assert.All(expected.RootElement.EnumerateObject(), one => Assert.True(
            seen.RootElement.TryGetProperty(one.Name, out var answer) && JsonElement.DeepEquals(one.Value, answer),
            $"{one.Name}: {one.Value.GetRawText()} was expected, and the client saw {answer}"));
        Assert.Single(service.SignatureFailures);
        var group = Assert.Single(service.Groups);
        Assert.Equal((7, "INFREQUENT_ACCESS", "orders"), (group.RetentionDays, group.Class, group.Tags["team"]));
    }

    private static async Task<string> InstalledAsync()
    {
        var (folder, trouble) = await ShortProgram.InstalledAsync([Package], Cancellation);
        if (folder is null)
            Assert.Skip(trouble);
        return folder;
    }
}
