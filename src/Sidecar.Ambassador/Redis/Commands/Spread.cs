namespace Sidecar.Ambassador.Redis.Commands;

/// What a command that concerns several nodes of a cluster becomes there, and how their replies are put together.
internal enum Spread : byte
{
    /// One node answers it.
    None,

    /// MGET: a part for each slot, the values in the order of the keys.
    Values,

    /// MSET: a part for each slot, in pairs.
    Pairs,

    /// DEL and its like: a part for each slot, the counts added up.
    Counts,

    /// All masters, the counts added up.
    Total,

    /// All masters, what they have one behind the other.
    Union,

    /// All masters, and one of what they give.
    AnyOne,

    /// One master after the other, by a cursor that tells which.
    Scan,

    /// All masters have to do it.
    Everywhere,

    /// All masters, what each of them says yes to.
    Everybody,

    /// The subcommand decides.
    Script,
    Function,
}
