using Sidecar.Logs.Destination;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;

namespace Sidecar.Logs.Tests.Destination.Contract;

/// A destination as the contract sees it. Another one, on another client or to another service, joins by an entry in All.
internal sealed class ContractSubject : IAsyncDisposable
{
    private readonly List<object> _owned = [];

    public static IReadOnlyDictionary<string, Func<Task<ContractSubject>>> All { get; } =
        new Dictionary<string, Func<Task<ContractSubject>>>(StringComparer.Ordinal)
        {
            ["cloudwatch"] = () => CloudWatchAsync(new StandInOptions()),
            ["cloudwatch, a clock three hours ahead"] = () => CloudWatchAsync(new StandInOptions { Time = Off(TimeSpan.FromHours(3)) }),
            ["cloudwatch, a clock an hour behind"] = () => CloudWatchAsync(new StandInOptions { Time = Off(TimeSpan.FromHours(-1)) }),
            ["file"] = () => Task.FromResult(ToFile()),
            ["stdout"] = () => Task.FromResult(ToStream()),
        };

    public required ILogDestination Destination { get; init; }

    /// Each event that was stored and a line feed.
    public required Func<byte[]> Stored { get; init; }

    /// What can keep a batch from being stored, the answer that is then owed, and how it begins and ends.
    public required IReadOnlyList<ContractTrouble> Troubles { get; init; }

    /// Whether the service refuses a batch that breaks its rules.
    public bool HasRules { get; init; }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _owned)
        {
            if (one is IAsyncDisposable later)
                await later.DisposeAsync();
            else
                ((IDisposable)one).Dispose();
        }
    }

    private static async Task<ContractSubject> CloudWatchAsync(StandInOptions options)
    {
        var shipping = await CloudWatchRig.ToStandInAsync(service: options);
        var faults = shipping.Service.Faults;
        return new ContractSubject
        {
            Destination = shipping.Destination,
            Stored = () => [.. shipping.Service.Groups.SelectMany(group => group.Streams.SelectMany(stream => shipping.Service.Events(group.Name, stream)))
                .OrderBy(one => one.Batch).SelectMany(one => (byte[])[.. one.Message, (byte)'\n'])],
            Troubles =
            [
                Fault<SendResult.Throttled>(StandInFault.Throttle),
                Fault<SendResult.Unavailable>(StandInFault.InternalError),
                Fault<SendResult.Unavailable>(StandInFault.Unavailable),
                Fault<SendResult.Unavailable>(StandInFault.DropBefore),
                Fault<SendResult.Refused>(StandInFault.AccessDenied),
                Fault<SendResult.Refused>(StandInFault.ExpiredToken),
            ],
            HasRules = true,
            _owned = { shipping },
        };

        ContractTrouble Fault<TAnswer>(StandInFault fault) =>
            new(fault.ToString(), typeof(TAnswer), () => faults.Begin(fault), faults.End);
    }

    private static ContractSubject ToFile()
    {
        var volume = new TempVolume();
        var folder = volume.Folder("out");
        var path = Path.Combine(folder, "events.log");
        var destination = new FileDestination(path);
        return new ContractSubject
        {
            Destination = destination,
            Stored = () => File.Exists(path) ? File.ReadAllBytes(path) : [],
            Troubles =
            [
                new ContractTrouble(
                    "its folder is gone", typeof(SendResult.Unavailable), () => Directory.Move(folder, folder + "-away"), () => Directory.Move(folder + "-away", folder)),
            ],
            _owned = { destination, volume },
        };
    }

    private static ContractSubject ToStream()
    {
        var output = new FailingStream();
        var destination = new StreamDestination(output);
        return new ContractSubject
        {
            Destination = destination,
            Stored = output.ToArray,
            Troubles =
            [
                new ContractTrouble("nobody reads it", typeof(SendResult.Unavailable), () => output.Fails = true, () => output.Fails = false),
            ],
            _owned = { destination, output },
        };
    }

    private static ManualTime Off(TimeSpan by) => new(TimeProvider.System.GetUtcNow() + by);

    private sealed class FailingStream : MemoryStream
    {
        public bool Fails { get; set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Fails ? throw new IOException("Broken pipe") : base.WriteAsync(buffer, cancellationToken);
    }
}
