using Sidecar.Ambassador.Tests.Tcp;
using Sidecar.Testing;
using Sidecar.Testing.Postgres;

[assembly: AssemblyFixture(typeof(PostgresPair))]

namespace Sidecar.Ambassador.Tests.Tcp;

/// A primary and its replica for tests that change neither.
public sealed class PostgresPair : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private Task<(PostgresServer, PostgresServer)>? _started;

    /// Who vouches for the two.
    public string AuthorityPem => _authority.Pem;

    public static async Task<(PostgresServer Primary, PostgresServer Replica)> StartAsync(TestAuthority? authority = null)
    {
        var primary = await PostgresServer.StartAsync(authority);
        try
        {
            return (primary, await primary.StartReplicaAsync());
        }
        catch
        {
            await primary.DisposeAsync();
            throw;
        }
    }

    /// Started by the first test that asks.
    public Task<(PostgresServer Primary, PostgresServer Replica)> GetAsync()
    {
        lock (_authority) return _started ??= StartAsync(_authority);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_started != null)
        {
            var (primary, replica) = await _started;
            await replica.DisposeAsync();
            await primary.DisposeAsync();
        }

        _authority.Dispose();
    }
}
