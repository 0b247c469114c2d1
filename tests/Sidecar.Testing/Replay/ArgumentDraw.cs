using System.Globalization;
using static Sidecar.Testing.Replay.WordPool;

namespace Sidecar.Testing.Replay;

/// Draws requests for a command from what the server says that it takes, most of them valid, some broken on purpose.
internal sealed class ArgumentDraw(Random random)
{
    private const string FiniteWait = "0.01";

    private int _keys;

    public ReplayRequest Draw(CommandSpec spec)
    {
        var words = new List<string>(spec.Words);
        if (CommandRules.ArgumentsOf(spec.Name, random) is { } own)
        {
            words.AddRange(own);
        }
        else
        {
            _keys = 1;
            foreach (var argument in spec.Arguments)
                Add(argument, spec, words);
        }
        // What a mutation may make of these, the server or the run would not survive.
        if (random.Next(8) == 0 && !CommandRules.IsDelicate(spec.Name))
            Break(words, spec.Words.Count);
        // What is sorted by keys that are not there and compared as text, has no order, and would be stored so.
        if (spec.Name == "sort" && words.Contains("BY") && words.Contains("STORE"))
            words.RemoveAll(word => word == "ALPHA");
        Dress(words, spec.Words.Count);
        // How much of a line may come before its end depends on how it arrives.
        bool isInline = random.Next(12) == 0 && words.Sum(word => word.Length) < 10_000;
        return new ReplayRequest(words, isInline ? ReplayForm.Inline : ReplayForm.Frame);
    }

    /// Some way of writing the name, which is the same for the server.
    private void Dress(List<string> words, int named)
    {
        int way = random.Next(4);
        for (int i = 0; i < Math.Min(named, words.Count); i++)
        {
            words[i] = way switch
            {
                0 => words[i].ToLowerInvariant(),
                1 when words[i].Length > 0 => char.ToUpperInvariant(words[i][0]) + words[i][1..].ToLowerInvariant(),
                _ => words[i].ToUpperInvariant(),
            };
        }
    }

    private void Break(List<string> words, int named)
    {
        int at = random.Next(named, words.Count + 1);
        switch (random.Next(6))
        {
            case 0 when at < words.Count:
                words.RemoveAt(at);
                break;
            case 1 when words.Count > named:
                words.RemoveRange(random.Next(named, words.Count), 1);
                break;
            case 2:
                words.Insert(at, Pick(random, Odd));
                break;
            case 3 when at < words.Count:
                words[at] = Pick(random, Odd);
                break;
            case 4:
                words.RemoveRange(named, words.Count - named);
                break;
            default:
                words.Add(Pick(random, Odd));
                break;
        }
    }

    private void Add(ArgumentSpec argument, CommandSpec spec, List<string> words)
    {
        if (argument.IsOptional && random.Next(5) < 3)
            return;
        int times = !argument.IsMultiple ? 1 : argument.Type == "key" && _keys > 0 ? _keys : random.Next(1, 4);
        for (int i = 0; i < times; i++)
        {
            if (argument.Token is { } token && argument.Type != "pure-token" && (i == 0 || argument.RepeatsToken))
                words.Add(token);
            AddOne(argument, spec, words);
        }
    }

    private void AddOne(ArgumentSpec argument, CommandSpec spec, List<string> words)
    {
        switch (argument.Type)
        {
            case "pure-token":
                words.Add(argument.Token!);
                break;
            case "oneof":
                Add(argument.Items[random.Next(argument.Items.Count)] with { IsOptional = false }, spec, words);
                break;
            case "block":
                foreach (var item in argument.Items)
                    Add(item, spec, words);
                break;
            case "key":
                words.Add(KeyOf(random, spec.Group));
                break;
            case "integer":
                words.Add(Integer(argument.Name, spec.Name));
                break;
            case "double":
                words.Add(Double(argument.Name));
                break;
            case "unix-time":
                words.Add(Pick(random, UnixTimes));
                break;
            case "pattern":
                words.Add(Pick(random, Patterns));
                break;
            default:
                words.Add(Text(argument.Name, spec));
                break;
        }
    }

    private string Integer(string name, string command)
    {
        switch (name)
        {
            case "min-idle-time":
                return Pick(random, ["0", "100000"]);
            case "numkeys":
                _keys = random.Next(1, 4);
                return (random.Next(20) == 0 ? _keys + 1 : _keys).ToString(CultureInfo.InvariantCulture);
            case "seconds" or "ttl":
                return Pick(random, Times);
            case "milliseconds":
                return command is "xread" or "xreadgroup" ? "10" : Pick(random, Times);
            case "timeout":
                return "10";
            case "cursor":
                return random.Next(5) > 0 ? "0" : Pick(random, Integers);
            case "db" or "destination-db" or "index" when command is "move" or "copy":
                return Pick(random, ["0", "1", "2", "15", "16"]);
            case "increment" or "decrement" or "start" or "stop" or "end" or "rank" or "index" when random.Next(6) == 0 && command is not "setrange":
                return Pick(random, Extremes);
            case "count" when random.Next(4) == 0:
                return "1000";
            default:
                return Pick(random, Integers);
        }
    }

    private string Double(string name) => name switch
    {
        "timeout" => FiniteWait,
        "longitude" => Pick(random, Longitudes),
        "latitude" => Pick(random, Latitudes),
        "radius" or "width" or "height" => Pick(random, ["0", "10", "200.5", "5000", "-1", "x"]),
        _ => Pick(random, Scores),
    };

    private string Text(string name, CommandSpec spec) => name switch
    {
        "channel" or "shardchannel" => Pick(random, ["c1", "c2", "c3", "", "c\0"]),
        "field" => Pick(random, ["f1", "f2", "f3", "n", "", "f\r\n"]),
        "member" or "member1" or "member2" when spec.Group == "geo" => Pick(random, ["Palermo", "Catania", "m1", ""]),
        "member" or "member1" or "member2" => Pick(random, ["m1", "m2", "m3", "4", "5", "", "m\0"]),
        "group" or "groupname" => Pick(random, ["w1", "w2"]),
        "consumer" or "consumername" => Pick(random, ["alice", "bob"]),
        "id" or "last-id" or "max_deleted_entry_id" or "threshold" => Pick(random, StreamIds),
        "start" or "end" or "stop" or "min" or "max" when spec.Group == "stream" => Pick(random, StreamIds),
        "start" or "stop" or "min" or "max" => Pick(random, Bounds),
        "script" or "function-code" => Pick(random, Scripts),
        "sha1" => Pick(random, Hashes),
        "function" => Pick(random, ["f1", "f2", "f3", "none"]),
        "library-name" or "library-name-pattern" => Pick(random, ["lib1", "lib*", "none"]),
        "username" => Pick(random, ["u1", "u2", "none"]),
        "section" => Pick(random, ["server", "clients", "commandstats", "all", "everything", "nosuch", "keyspace"]),
        "encoding" => Pick(random, ["u8", "i16", "i64", "u63", "u64", "x"]),
        "operation" => Pick(random, ["AND", "OR", "XOR", "NOT", "x"]),
        "connection-name" => Pick(random, ["app", "a b", "", "x\n"]),
        "min-idle-time" => Pick(random, ["0", "100000", "x"]),
        "event" => Pick(random, ["command", "fork", "x"]),
        "type" => Pick(random, ["string", "list", "hash", "zset", "stream", "x"]),
        "command" or "command-name" => Pick(random, ["get", "set", "client|list", "nosuch", "xgroup|create", "eval"]),
        _ => Value(random),
    };
}
