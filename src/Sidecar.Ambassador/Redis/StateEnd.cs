using System.Text;

namespace Sidecar.Ambassador.Redis;

/// A command that ends a state of its client's connection, which only its reply can tell: until then the client stays where it is.
/// Number: how often such a state had begun when it was sent; one that began later is not ended by it.
internal sealed record StateEnd(ClientState States, int Number, StateEndBy By)
{
    private bool _wasUnknown;

    /// The reply is an error.
    public void Hear(ReadOnlySpan<byte> error) =>
        _wasUnknown = Begins(error, "-ERR unknown command"u8) || Begins(error, "-ERR unknown subcommand"u8);

    public bool IsReached(bool isError) => By switch
    {
        StateEndBy.Success => !isError,
        StateEndBy.Error => isError,
        StateEndBy.NotBeingKnown => _wasUnknown,
        _ => true,
    };

    private static bool Begins(ReadOnlySpan<byte> error, ReadOnlySpan<byte> words) =>
        error.Length >= words.Length && Ascii.EqualsIgnoreCase(error[..words.Length], words);
}
