using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Tests.Pipeline;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination;

/// Neither end is ours: moto is the service, and the aws CLI reads back what stood in the files.
public sealed class AwsCliWitnessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_aws_cli_reads_back_byte_for_byte_what_stood_in_rotated_files()
    {
        string[] odd =
        [
            "\"quoted\" \\ back/slash", "tab\tcr\rform\fbell\a", "nul\0inside", "caf\u00e9 \u4e16\u754c \U0001f600 \u2028", "\u001b[31mred\u001b[0m",
            "{\"message\":\"json\",\"n\":[1,2]}", "trailing blank ", "\u007f", "<&'>", new string('x', 200_000),
        ];
        string[] before = [.. Batches.Numbered(500), .. odd];
        string[] after = [.. odd, .. Batches.Numbered(500, from: 500)];
        var endpoint = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        using var moto = Start("moto_server", "-p", endpoint.Port.ToString(CultureInfo.InvariantCulture));
        try
        {
            await using var rig = new PipelineRig();
            var options = new CloudWatchOptions { Endpoint = endpoint, Region = "eu-west-1" };
            using var destination = CloudWatchRig.Build(options, CloudWatchRig.Fixed(StandInCredentials.Example), TimeProvider.System, new LogLines<CloudWatchDestination>());
            rig.To = destination;
            rig.Volume.Write("app.log", string.Concat(before.Select(line => line + "\n")));
            await File.WriteAllBytesAsync(rig.PathOf("latin.log"), [.. "caf"u8, 0xE9, .. " and a lone "u8, 0x80, (byte)'\n'], Cancellation);
            rig.Start();
            await ShippedAsync(rig, files: 2);
            File.Move(rig.PathOf("app.log"), rig.PathOf("app.log.1"));
            rig.Volume.Write("app.log", string.Concat(after.Select(line => line + "\n")));
            await ShippedAsync(rig, files: 3);

            var (app, latin) = (await ReadBackAsync(endpoint, "app.log"), await ReadBackAsync(endpoint, "latin.log"));
            Assert.Equal([.. before, .. after], app);
            Assert.Equal(["caf\ufffd and a lone \ufffd"], latin);
        }
        finally
        {
            moto.Kill(entireProcessTree: true);
        }
    }

    private static Task ShippedAsync(PipelineRig rig, int files) => Eventually.TrueAsync(
        () => rig.Running.Status() is { } status && status.Count == files && status.All(file => file!["backlog"]!.GetValue<long>() == 0 && file["size"]!.GetValue<long>() > 0),
        Patience,
        Cancellation);

    private static async Task<string[]> ReadBackAsync(Uri endpoint, string stream)
    {
        using var aws = Start(
            "aws", "logs", "get-log-events", "--endpoint-url", endpoint.ToString(), "--region", "eu-west-1", "--output", "json",
            "--log-group-name", "/test", "--log-stream-name", stream, "--start-from-head");
        var errors = aws.StandardError.ReadToEndAsync(Cancellation);
        var output = await aws.StandardOutput.ReadToEndAsync(Cancellation);
        await aws.WaitForExitAsync(Cancellation);
        Assert.True(aws.ExitCode == 0, await errors);
        using var answer = JsonDocument.Parse(output);
        return [.. answer.RootElement.GetProperty("events").EnumerateArray().Select(one => one.GetProperty("message").GetString()!)];
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8, UseShellExecute = false,
        };
        start.Environment["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = "secret";
        start.Environment["PYTHONUTF8"] = "1";
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not on this machine");
            throw;
        }
    }
}
