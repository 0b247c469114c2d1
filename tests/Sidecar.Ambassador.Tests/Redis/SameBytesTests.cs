using System.Net.Sockets;
using System.Text;
using Sidecar.Ambassador.Redis;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// What a client reads through the ambassador is, byte for byte, what it reads from the server itself.
public sealed class SameBytesTests
{
    // Each is one conversation on a connection of its own; "\n" alone stands for the end of a line.
    private static readonly string[][] Conversations =
    [
        ["PING\r\n", "PING\n", "  \r\n\r\nECHO \"a b\\x41\"\r\n", "set k 'it\\'s'\r\n", "get k\r\n", "get \"k\r\n"],
        ["*1\r\n$4\r\nPING\r\n*0\r\n*-3\r\n*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"],
        ["*1\r\n$4\r\nPING\r\n*1\r\n:4\r\n"],
        ["*1\r\n$4\r\nPING\r\n*abc\r\n"],
        ["*2\r\n$3\r\nGET\r\n$-1\r\n"],
        ["*1\r\n$0\r\n\r\n", "PING\r\n"],
        ["POST / HTTP/1.1\r\nHost: x\r\n\r\n"],
        ["SET a 1\r\nINCR a\r\nINCRBY a x\r\nLPUSH a 1\r\nDEL a b c\r\nGET\r\nget a b\r\nNOSUCH a b\r\n"],
        ["MULTI\r\nSET t 1\r\nINCR t\r\nEXEC\r\nMULTI\r\nNOSUCH\r\nEXEC\r\nMULTI\r\nDISCARD\r\nDISCARD\r\nMULTI\r\nMULTI\r\nEXEC\r\n"],
        ["WATCH t\r\nUNWATCH\r\nWATCH t\r\nMULTI\r\nWATCH t\r\nEXEC\r\nGET t\r\n"],
        ["SELECT 4\r\nSET d 4\r\nSELECT 0\r\nEXISTS d\r\nSELECT 4\r\nGET d\r\nSELECT 99\r\nGET d\r\nSELECT x\r\nSELECT\r\n"],
        ["HELLO 3\r\nHSET h a 1 b 2\r\nHGETALL h\r\nZADD z 1.5 m\r\nZSCORE z m\r\nGET none\r\nSMEMBERS none\r\nHELLO 2\r\nHGETALL h\r\nDEL h z\r\n"],
        ["HELLO 4\r\nHELLO x\r\nHELLO 2 AUTH a\r\nHELLO 2 SETNAME me\r\nCLIENT GETNAME\r\n"],
        ["CLIENT SETNAME one\r\nCLIENT GETNAME\r\nCLIENT SETNAME a\\ b\r\nCLIENT SETINFO LIB-NAME x\r\nCLIENT NOSUCH\r\nCLIENT\r\nRESET\r\nCLIENT GETNAME\r\n"],
        ["SUBSCRIBE c d\r\nPING\r\nGET a\r\nUNSUBSCRIBE c\r\nUNSUBSCRIBE\r\nPING\r\nQUIT\r\nPING\r\n"],
        ["UNSUBSCRIBE\r\nPUNSUBSCRIBE x y\r\nPING\r\n"],
        ["HELLO 3\r\nSUBSCRIBE c\r\nPUBLISH c hi\r\nPING\r\nRESET\r\nPING\r\n"],
        ["CLIENT REPLY SKIP\r\nPING\r\nPING\r\nCLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY ON\r\nPING\r\n"],
        ["RPUSH l 1 2 3\r\nBLPOP l 0\r\nBRPOP none l 1\r\nBLMOVE l m LEFT RIGHT 0\r\nBLPOP none 0.01\r\nDEL l m\r\nBLPOP l x\r\n"],
        ["XADD s 1-1 f v\r\nXREAD COUNT 2 STREAMS s 0\r\nXREAD BLOCK 10 STREAMS s $\r\nXREAD BLOCK x STREAMS s 0\r\nXLEN s\r\nDEL s\r\n"],
        ["EVAL \"return {1,{2,'x'},redis.call('SET','e','1')}\" 0\r\nEVAL \"return redis.error_reply('MY bad')\" 0\r\nEVALSHA abc 0\r\nSCRIPT EXISTS abc\r\nDEL e\r\n"],
        ["AUTH x\r\nAUTH default x\r\nAUTH\r\nAUTH a b c\r\n"],
        ["PING\r\nQUIT\r\nPING\r\n"],
        ["WAIT 0 10\r\nOBJECT HELP\r\nSORT none\r\nDUMP none\r\nRESTORE x 0 bad\r\nCOMMAND COUNT\r\nDBSIZE\r\nTYPE none\r\nREADONLY\r\nASKING\r\n"],
        ["DEBUG JMAP\r\nACL WHOAMI\r\nLATENCY RESET\r\nFUNCTION LIST\r\nSLOWLOG LEN\r\nLOLWUT VERSION 0\r\nSWAPDB 0 x\r\n"],
        ["SETRANGE big 70000 x\r\nGET big\r\nGETRANGE big 69999 70001\r\nSTRLEN big\r\nDEL big\r\n"],
        ["*3\r\n$3\r\nSET\r\n$3\r\nlrg\r\n$100000\r\n" + new string('y', 100_000) + "\r\nGET lrg\r\nSTRLEN lrg\r\nAPPEND lrg z\r\nDEL lrg\r\n"],
    ];

    public static TheoryData<int, bool> All
    {
        get
        {
            var all = new TheoryData<int, bool>();
            for (int i = 0; i < Conversations.Length; i++)
            {
                all.Add(i, true);
                all.Add(i, false);
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_conversation_is_the_same_directly_and_through_the_ambassador(int number, bool isInOnePiece)
    {
        // What counts as slow would be a matter of how busy the machine is.
        string[] settings = ["--enable-debug-command", "yes", "--slowlog-log-slower-than", "-1"];
        await using var direct = await RedisServer.StartAsync(settings);
        await using var behind = await RedisServer.StartAsync(settings);
        await using var route = RunningRedisRoute.To(behind, new RedisOptions());

        string expected = await SayAsync(direct.Port, Conversations[number], isInOnePiece);
        string actual = await SayAsync(route.Port, Conversations[number], isInOnePiece);

        Assert.NotEmpty(expected + (number == 6 ? "-" : ""));
        Assert.Equal(expected, actual);
    }

    // The end of what is sent is told, so that the server answers everything and closes: no reply is waited for too short a time.
    private static async Task<string> SayAsync(int port, string[] lines, bool isInOnePiece)
    {
        await using var wire = await RedisWire.ConnectAsync(port);
        byte[] bytes = Encoding.Latin1.GetBytes(string.Concat(lines));
        try
        {
            int piece = isInOnePiece ? bytes.Length : Math.Max(3, bytes.Length / 300);
            for (int i = 0; i < bytes.Length; i += piece)
                await wire.SendRawAsync(bytes.AsMemory(i, Math.Min(piece, bytes.Length - i)));
            await wire.SendRawAsync(RedisWire.Frame("PING", "the end"));
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            // The server said good-bye before we were done.
        }

        var heard = new StringBuilder();
        try
        {
            while (true)
            {
                string reply = Encoding.Latin1.GetString(await wire.ReadRawAsync(TestContext.Current.CancellationToken));
                heard.Append(reply);
                if (reply.Contains("the end", StringComparison.Ordinal))
                    return WithoutIds(heard.ToString());
            }
        }
        catch (Exception closed) when (closed is IOException or EndOfStreamException)
        {
            return WithoutIds(heard + "(closed)");
        }
    }

    // HELLO tells the connection's number, which is the server's own count.
    private static string WithoutIds(string heard) =>
        System.Text.RegularExpressions.Regex.Replace(heard, "\\$2\r\nid\r\n:\\d+", "$2\r\nid\r\n:#", default, TimeSpan.FromSeconds(5));
}
