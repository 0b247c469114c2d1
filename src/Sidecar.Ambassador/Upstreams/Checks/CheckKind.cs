namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>What a TCP endpoint has to show to be up.</summary>
internal enum CheckKind
{
    /// <summary>It accepts a connection.</summary>
    Connect,

    /// <summary>It says what it should, by itself or when it is asked.</summary>
    Talk,

    /// <summary>It is a PostgreSQL server that takes writes.</summary>
    Postgres,

    /// <summary>It is a PostgreSQL server that follows another one.</summary>
    PostgresReplica,
}
