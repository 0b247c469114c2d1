using System.Globalization;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Sentinel;

/// What a Sentinel published about our master: what happened, and to which instance.
internal sealed record SentinelEvent(string Name, HostPort? Instance)
{
    /// Null for what is no event, or one of another master.
    public static SentinelEvent? Read(RespValue message, string masterName)
    {
        if (message.Items is not [_, .., { Text: { } channel }, { Text: { } text }] || channel.Length < 2 || channel[0] is not ('+' or '-'))
            return null;
        string[] words = text.Split(' ');
        // "+switch-master <name> <old ip> <old port> <new ip> <new port>"
        if (channel == "+switch-master")
            return words.Length == 5 && words[0] == masterName ? new SentinelEvent(channel, Address(words[3], words[4])) : null;
        // "<type> <name> <ip> <port>", and for all but masters " @ <master name> <master ip> <master port>"
        bool isOurs = words.Length >= 4 && (words[0] == "master" ? words[1] == masterName : words.Length >= 6 && words[5] == masterName);
        return isOurs ? new SentinelEvent(channel, Address(words[2], words[3])) : null;
    }

    private static HostPort? Address(string host, string port) =>
        int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? new HostPort(host, number) : null;
}
