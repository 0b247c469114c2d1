using System.CommandLine;
using System.Globalization;
using System.Net;
using Sidecar.Testing.CloudWatch;

var port = new Option<int>("--port") { Description = "The port; 0 takes a free one.", DefaultValueFactory = _ => 4566 };
var address = new Option<string>("--address") { Description = "Where it listens.", DefaultValueFactory = _ => "127.0.0.1" };
var directory = new Option<string?>("--data-dir") { Description = "Append each stored message as a line to <dir>/<group>/<stream>.log." };
var region = new Option<string>("--region") { DefaultValueFactory = _ => "eu-west-1" };
var accessKey = new Option<string>("--access-key") { DefaultValueFactory = _ => StandInCredentials.Example.AccessKey };
var secretKey = new Option<string>("--secret-key") { DefaultValueFactory = _ => StandInCredentials.Example.SecretKey };

var root = new RootCommand("CloudWatch Logs for the demo: its rules and signatures are checked; POST /_control?fault=throttle&seconds=5 breaks it.")
{
    port, address, directory, region, accessKey, secretKey,
};
root.SetAction(async (arguments, cancellation) =>
{
    await using var standIn = await CloudWatchStandIn.StartAsync(new StandInOptions
    {
        Address = IPAddress.Parse(arguments.GetValue(address)!),
        Port = arguments.GetValue(port),
        DataDirectory = arguments.GetValue(directory),
        Region = arguments.GetValue(region)!,
        Credentials = [new StandInCredentials(arguments.GetValue(accessKey)!, arguments.GetValue(secretKey)!)],
        OnChange = line => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {line}")),
    });
    await standIn.WaitForShutdownAsync();
});
return await root.Parse(args).InvokeAsync();
