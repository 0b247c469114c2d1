namespace Sidecar.Ambassador.Redis;

/// What a new connection does with the server's answer to ROLE.
internal enum RoleCheck
{
    /// Remembers it: a server that was master and refuses writes later was demoted.
    Noted,

    /// The same, but only a master will do.
    ForNow,

    /// Only a master will do, and it is asked for nothing else.
    Always,
}
