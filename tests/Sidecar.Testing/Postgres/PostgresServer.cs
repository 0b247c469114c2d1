using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

namespace Sidecar.Testing.Postgres;

/// A real PostgreSQL server on a free port of 127.0.0.1 that keeps nothing after the test. It refuses to run as root, so root starts it as nobody.
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Rules =
        """
        host  all          postgres  127.0.0.1/32  trust
        host  replication  postgres  127.0.0.1/32  trust
        host  all          plain     127.0.0.1/32  password
        host  all          old       127.0.0.1/32  md5
        host  all          all       127.0.0.1/32  scram-sha-256
        """;

    private const string Users =
        """
        CREATE ROLE modern LOGIN PASSWORD 's3cret, = and ü';
        CREATE ROLE plain LOGIN PASSWORD 's3cret';
        SET password_encryption = md5;
        CREATE ROLE old LOGIN PASSWORD 's3cret';
        """;

    private readonly ServerProcess _process;

    private PostgresServer(ServerProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    private static string Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max() ?? ""
        : "";

    /// A primary with users who log in by SCRAM-SHA-256 (modern), md5 (old) and a password in clear text (plain). With an authority it can encrypt.
    public static async Task<PostgresServer> StartAsync(TestAuthority? authority = null)
    {
        string directory = NewDirectory();
        await RunAsync("initdb", "-D", directory, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8");
        await File.WriteAllTextAsync(Path.Combine(directory, "pg_hba.conf"), Rules);
        if (authority != null)
            await EncryptAsync(directory, authority);
        var server = await StartInAsync(directory);
        await server.AskAsync(Users);
        return server;
    }

    /// A replica of this server, as far as it is.
    public async Task<PostgresServer> StartReplicaAsync()
    {
        string directory = NewDirectory();
        await RunAsync("pg_basebackup", "-D", directory, "-h", "127.0.0.1", "-p", Text(Port), "-U", "postgres", "-R", "-c", "fast", "--no-sync");
        return await StartInAsync(directory);
    }

    /// Makes a replica a primary, and returns when it takes writes.
    public Task PromoteAsync() => AskAsync("SELECT pg_promote()");

    /// What psql shows of the answer.
    public async Task<string> AskAsync(string query)
    {
        await using var psql = ChildProcess.Start(Path.Combine(Programs, "psql"), ["-h", "127.0.0.1", "-p", Text(Port), "-U", "postgres", "-d", "postgres", "-AtX", "-v", "ON_ERROR_STOP=1", "-c", query]);
        int code = await psql.WaitForExitAsync();
        return code == 0 ? string.Join('\n', psql.Output) : throw new InvalidOperationException(psql.Transcript);
    }

    public Task KillAsync() => _process.KillAsync();

    public void Freeze() => _process.Freeze();

    public void Thaw() => _process.Thaw();

    /// The same server on the same port after KillAsync.
    public async Task StartAgainAsync()
    {
        File.Delete(Path.Combine(_process.Directory, "postmaster.pid"));
        _process.Start();
        await Eventually.TrueAsync(AnswersAsync);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<PostgresServer> StartInAsync(string directory)
    {
        int port = ServerProcess.FreePort();
        string[] arguments =
        [
            "-D", directory, "-p", Text(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB",
            "-c", "hot_standby=on", "-c", "wal_retrieve_retry_interval=200ms",
        ];
        var (program, all) = AsSomebody("postgres", arguments);
        var server = new PostgresServer(new ServerProcess(program, directory, all), port);
        try
        {
            server._process.Start();
            await Eventually.TrueAsync(server.AnswersAsync);
            return server;
        }
        catch (TimeoutException)
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            return await AskAsync("SELECT 1") == "1";
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static async Task EncryptAsync(string directory, TestAuthority authority)
    {
        string key = Path.Combine(directory, "server.key");
        await File.WriteAllTextAsync(Path.Combine(directory, "server.crt"), authority.Server.ExportCertificatePem());
        await File.WriteAllTextAsync(key, authority.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(key, UnixFileMode.UserRead);
        if (Environment.IsPrivilegedProcess)
        {
            await using var owner = ChildProcess.Start("chown", ["nobody:nogroup", key]);
            await owner.WaitForExitAsync();
        }

        await File.AppendAllTextAsync(Path.Combine(directory, "postgresql.conf"), "\nssl = on\n");
    }

    // Made by the program itself, so that it belongs to whoever runs that.
    private static string NewDirectory() => Path.Combine(Path.GetTempPath(), $"postgres-{Guid.NewGuid():N}");

    private static (string Program, string[] Arguments) AsSomebody(string program, string[] arguments)
    {
        string path = Path.Combine(Programs, program);
        return Environment.IsPrivilegedProcess ? ("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", path, .. arguments]) : (path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var (path, all) = AsSomebody(program, arguments);
        await using var process = ChildProcess.Start(path, all);
        if (await process.WaitForExitAsync() != 0)
            throw new InvalidOperationException($"{program} failed: {process.Transcript}");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
