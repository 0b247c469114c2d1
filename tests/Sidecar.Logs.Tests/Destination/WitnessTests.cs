using System.Diagnostics;
using System.Text.Json;
using Sidecar.Logs.Destination;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

/// Programs that are not ours agree: botocore signs for our stand-in, and moto takes what our destination sends.
public sealed class WitnessTests
{
    private const string CallEverything = """
        import sys, json, time, botocore.session
        from botocore.exceptions import ClientError
        url, secret, token = sys.argv[1:4]
        client = botocore.session.get_session().create_client('logs', region_name='eu-west-1', endpoint_url=url,
            aws_access_key_id='AKIDEXAMPLE', aws_secret_access_key=secret, aws_session_token=token or None)
        try:
            client.create_log_group(logGroupName='/boto', tags={'k': 'v'})
            client.create_log_stream(logGroupName='/boto', logStreamName='s/1')
            client.put_retention_policy(logGroupName='/boto', retentionInDays=5)
            now = int(time.time() * 1000)
            client.put_log_events(logGroupName='/boto', logStreamName='s/1',
                logEvents=[{'timestamp': now, 'message': 'h\u00e9llo "w" \n\t\U0001f600'}, {'timestamp': now + 1, 'message': 'two'}])
            streams = client.describe_log_streams(logGroupName='/boto')['logStreams']
            events = client.get_log_events(logGroupName='/boto', logStreamName='s/1', startFromHead=True)['events']
            print(json.dumps([s['logStreamName'] for s in streams] + [e['message'] for e in events]))
        except ClientError as e:
            print(json.dumps(e.response['Error']['Code']))
        """;

    private const string LetAssume = """
        import sys, json, urllib.request, botocore.session
        url = sys.argv[1]
        iam = botocore.session.get_session().create_client('iam', region_name='eu-west-1', endpoint_url=url,
            aws_access_key_id='AKIDEXAMPLE', aws_secret_access_key='x')
        def policy(**statement):
            return json.dumps({'Version': '2012-10-17', 'Statement': [dict(Effect='Allow', **statement)]})
        iam.create_user(UserName='app')
        key = iam.create_access_key(UserName='app')['AccessKey']
        iam.put_user_policy(UserName='app', PolicyName='assume', PolicyDocument=policy(Action='sts:AssumeRole', Resource='*'))
        arn = iam.create_role(RoleName='logs-writer', AssumeRolePolicyDocument=policy(Action='sts:AssumeRole', Principal={'AWS': '*'}))['Role']['Arn']
        iam.put_role_policy(RoleName='logs-writer', PolicyName='logs', PolicyDocument=policy(Action='logs:*', Resource='*'))
        urllib.request.urlopen(urllib.request.Request(url + 'moto-api/reset-auth', data=sys.argv[2].encode(), headers={'Content-Type': 'text/plain'}))
        print(json.dumps([key['AccessKeyId'], key['SecretAccessKey'], arn]))
        """;

    private const string ReadBack = """
        import sys, json, botocore.session
        client = botocore.session.get_session().create_client('logs', region_name='eu-west-1', endpoint_url=sys.argv[1],
            aws_access_key_id='AKIDEXAMPLE', aws_secret_access_key='x')
        events = client.get_log_events(logGroupName='/app/orders', logStreamName='host-1/app.log', startFromHead=True)['events']
        groups = client.describe_log_groups()['logGroups']
        print(json.dumps([g.get('retentionInDays') for g in groups] + [e['message'] for e in events]))
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("FwoGZXIvYXdzEBYaDH+/==")]
    public async Task The_stand_in_accepts_what_botocore_signs(string token)
    {
        var known = StandInCredentials.Example with { SessionToken = token.Length == 0 ? null : token };
        await using var service = await CloudWatchStandIn.StartAsync(new StandInOptions { Credentials = [known] });

        var seen = await PythonAsync(CallEverything, service.Url.ToString(), known.SecretKey, token);

        Assert.Equal(["s/1", "héllo \"w\" \n\t\U0001f600", "two"], JsonSerializer.Deserialize<string[]>(seen)!);
        Assert.Empty(service.SignatureFailures);
        Assert.Equal(5, Assert.Single(service.Groups).RetentionDays);
    }

    [Theory]
    [InlineData("wrong", "", "InvalidSignatureException")]
    [InlineData("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "stale", "UnrecognizedClientException")]
    public async Task The_stand_in_refuses_what_is_signed_wrong(string secret, string token, string error)
    {
        await using var service = await CloudWatchStandIn.StartAsync();

        Assert.Equal(error, JsonSerializer.Deserialize<string>(await PythonAsync(CallEverything, service.Url.ToString(), secret, token)));
        Assert.NotEmpty(service.SignatureFailures);
        Assert.Empty(service.Groups);
    }

    [Fact]
    public async Task Moto_stores_what_the_destination_sends()
    {
        var port = FreePort.Next();
        using var moto = Start("moto_server", "-p", $"{port}");
        try
        {
            var options = new CloudWatchOptions
            {
                Endpoint = new Uri($"http://127.0.0.1:{port}"), Region = "eu-west-1", RetentionDays = 7,
                FirstRetry = TimeSpan.FromMilliseconds(50), RetryCeiling = TimeSpan.FromMilliseconds(200),
            };
            using var destination = CloudWatchRig.Build(options, CloudWatchRig.Fixed(StandInCredentials.Example), TimeProvider.System, new LogLines<CloudWatchDestination>());

            Assert.Same(SendResult.StoredAll, await CloudWatchRig.SendAsync(destination, Batches.Of("one", "\"two\" \\ é \t\u0001"), []));
            var read = await Eventually.MatchAsync(
                () => PythonAsync(ReadBack, options.Endpoint.ToString()), text => text.StartsWith("[7", StringComparison.Ordinal), cancellation: Cancellation);
            using var seen = JsonDocument.Parse(read);

            Assert.Equal("[7, \"one\", \"\\\"two\\\" \\\\ \\u00e9 \\t\\u0001\"]", seen.RootElement.GetRawText());
        }
        finally
        {
            moto.Kill(entireProcessTree: true);
        }
    }

    /// From here on moto checks who calls, and what they may: the user may assume the role and nothing else, and the role may write logs.
    [Fact]
    public async Task Moto_lets_in_the_role_that_was_assumed_and_not_who_assumed_it()
    {
        var port = FreePort.Next();
        using var moto = Start("moto_server", "-p", $"{port}");
        try
        {
            var options = new CloudWatchOptions { Endpoint = new Uri($"http://127.0.0.1:{port}"), Region = "eu-west-1", FirstRetry = TimeSpan.FromMilliseconds(50) };
            var setUp = await Eventually.MatchAsync(
                () => PythonAsync(LetAssume, options.Endpoint.ToString(), "0"), text => text.StartsWith('['), cancellation: Cancellation);
            var user = JsonSerializer.Deserialize<string[]>(setUp)!;
            var caller = CloudWatchRig.Fixed(new StandInCredentials(user[0], user[1]));
            var role = options with { Role = new RoleOptions(user[2]) { Endpoint = options.Endpoint } };
            using var asUser = CloudWatchRig.Build(options, caller, TimeProvider.System, new LogLines<CloudWatchDestination>());
            using var asRole = CloudWatchRig.Build(role, caller, TimeProvider.System, new LogLines<CloudWatchDestination>());

            var refused = await asUser.SendAsync(Batches.Of("one"), Cancellation);
            var sent = await CloudWatchRig.SendAsync(asRole, Batches.Of("one"), []);

            Assert.StartsWith("403 ", Assert.IsType<SendResult.Refused>(refused).Reason, StringComparison.Ordinal);
            Assert.Same(SendResult.StoredAll, sent);
        }
        finally
        {
            moto.Kill(entireProcessTree: true);
        }
    }

    private static async Task<string> PythonAsync(string script, params string[] arguments)
    {
        using var python = Start("python3", ["-c", script, .. arguments]);
        var output = python.StandardOutput.ReadToEndAsync(Cancellation);
        var errors = await python.StandardError.ReadToEndAsync(Cancellation);
        await python.WaitForExitAsync(Cancellation);
        if (errors.Contains("No module named 'botocore'", StringComparison.Ordinal))
            Assert.Skip("python3 has no botocore here");
        Assert.True(python.ExitCode == 0, errors);
        return await output;
    }

    private static Process Start(string program, params string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not on this machine");
            throw;
        }
    }
}
