using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Testing.CloudWatch;

public sealed record StandInOptions
{
    /// Another than loopback is for containers.
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// 0 takes a free port.
    public int Port { get; init; }

    public string Region { get; init; } = "eu-west-1";

    public IReadOnlyCollection<StandInCredentials> Credentials { get; init; } = [StandInCredentials.Example];

    /// The service's clock: decides on skew, on too old and too new, and fills the Date header.
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// With a directory, each stored message is also appended as a line to `directory/group/stream.log`.
    public string? DataDirectory { get; init; }

    public X509Certificate2? Certificate { get; init; }

    /// Told of each change of state: groups, streams, faults, signature failures, broken rules.
    public Action<string> OnChange { get; init; } = static _ => { };
}
