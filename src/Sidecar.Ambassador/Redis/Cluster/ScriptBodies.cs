using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Cluster;

/// The scripts that clients have sent lately, by what EVALSHA calls them: one node may know what another one does not.
internal sealed class ScriptBodies
{
    private const int MostScripts = 256;
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly Dictionary<string, (byte[] Body, long Number)> _bodies = [];
    private readonly Queue<string> _oldest = [];
    private int _bytes;

    /// How many there have been.
    public long Count { get; private set; }

    public void Remember(ReadOnlySpan<byte> body)
    {
        string name = NameOf(body);
        if (body.Length > MostBytes / 16 || !_bodies.TryAdd(name, (body.ToArray(), Count + 1)))
            return;
        Count++;
        _oldest.Enqueue(name);
        _bytes += body.Length;
        while (_oldest.Count > MostScripts || _bytes > MostBytes)
            Remove(_oldest.Dequeue());
    }

    /// A node has told that it can't be compiled, or did not look at it: no node knows it. The frame is the one that brought it, EVAL or SCRIPT LOAD.
    public void Unlearn(ReadOnlySpan<byte> frame)
    {
        var arguments = new RequestArguments(frame);
        if (arguments.MoveNext() && CommandTable.Is(arguments.Current, "SCRIPT"u8))
            _ = arguments.MoveNext();
        if (arguments.MoveNext())
            Remove(NameOf(arguments.Current));
    }

    /// What a client forgets is not to be known all the same.
    public void Forget()
    {
        _bodies.Clear();
        _oldest.Clear();
        _bytes = 0;
    }

    /// The EVAL in place of an EVALSHA that its node does not know; null for all else.
    public byte[]? Heal(ReadOnlySpan<byte> frame, long known)
    {
        var arguments = new RequestArguments(frame);
        _ = arguments.MoveNext();
        bool isReadOnly = CommandTable.Is(arguments.Current, "EVALSHA_RO"u8);
        if ((!isReadOnly && !CommandTable.Is(arguments.Current, "EVALSHA"u8)) || !arguments.MoveNext())
            return null;
        if (!_bodies.TryGetValue(Encoding.Latin1.GetString(arguments.Current).ToLowerInvariant(), out var script) || script.Number > known)
            return null;
        var words = new List<byte[]> { isReadOnly ? "EVAL_RO"u8.ToArray() : "EVAL"u8.ToArray(), script.Body };
        while (arguments.MoveNext())
            words.Add(arguments.Current.ToArray());
        return RequestWriter.Encode(words);
    }

    [SuppressMessage("Security", "CA5350", Justification = "It is what Redis calls a script by.")]
    private static string NameOf(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA1.HashData(body));

    private void Remove(string name)
    {
        if (_bodies.Remove(name, out var forgotten))
            _bytes -= forgotten.Body.Length;
    }
}
