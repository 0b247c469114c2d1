namespace Sidecar.Logs.Tests.Destination.Contract;

/// What keeps a destination from storing for a while, and the answer that it owes meanwhile.
internal sealed record ContractTrouble(string Name, Type Answer, Action Begin, Action End);
