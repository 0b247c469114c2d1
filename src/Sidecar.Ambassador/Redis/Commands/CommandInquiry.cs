using System.Globalization;
using System.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Commands;

/// Asks a server, on a shared connection, for the commands that we don't know and for their flags. One that does not tell (before
/// 7.0, or without a permission) leaves us with what we know.
internal sealed class CommandInquiry(RedisEngine engine, UpstreamLink lane)
{
    public void Begin() => Ask(["COMMAND", "LIST"]);

    public void Hear(ReadOnlySpan<byte> reply)
    {
        if (Read(reply) is { Count: > 0 } told)
        {
            engine.Commands = CommandTable.Build(told);
            return;
        }
        if (!RespValue.TryParse(reply, out var names) || names!.IsError)
            return;
        string[] unknown = [.. names.Items.Select(name => name.Text ?? "").Where(name => !CommandTable.BuiltIn.Knows(Encoding.UTF8.GetBytes(name)))];
        if (unknown.Length == 0)
            engine.Commands = CommandTable.BuiltIn;
        else
            Ask(["COMMAND", "INFO", .. unknown]);
    }

    /// What a reply to COMMAND INFO tells; nothing when it is none.
    public static IReadOnlyList<(string Name, Command Command)> Read(ReadOnlySpan<byte> reply) =>
        RespValue.TryParse(reply, out var answer)
            ? [.. answer!.Items.Where(told => told.Items.Count > 2).Select(told => (told.Items[0].Text ?? "", CommandOf(told)))]
            : [];

    // Name, arity, flags, first key ...
    private static Command CommandOf(RespValue told)
    {
        var command = Command.Of([.. told.Items[2].Items.Select(flag => flag.Text ?? "")]);
        bool hasKey = told.Items.Count > 3 && byte.TryParse(told.Items[3].Text, out byte first) && first > 0;
        return hasKey ? command with { Key = new KeyPlace(KeyRule.At, byte.Parse(told.Items[3].Text!, CultureInfo.InvariantCulture)) } : command;
    }

    private void Ask(string[] words) =>
        lane.Enqueue(new PendingReply { Inquiry = this, IsReplayable = true, Since = engine.Now }, RequestWriter.Encode(words));
}
