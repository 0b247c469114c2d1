using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// What is said on a new upstream connection before the first command of a client, and what the answers have to be.
internal sealed class Greeting
{
    private readonly List<Step> _expected = [];
    private readonly List<byte> _bytes = [];
    private int _next;

    public Greeting(RouteCredentials? credentials, int database, bool verifiesRole, IEnumerable<SetUp> setUps)
    {
        if (credentials is not null)
        {
            var (username, password) = credentials.Current;
            Say(Step.LogIn, username is null ? RequestWriter.Encode("AUTH", password) : RequestWriter.Encode("AUTH", username, password));
        }
        if (database != 0)
            Say(Step.Prepare, RequestWriter.Encode("SELECT", database.ToString()));
        // What the client said on its own connection may be what lets it ask at all.
        foreach (var setUp in setUps)
            Say(Step.Restore, setUp.Frame);
        Say(verifiesRole ? Step.BeMaster : Step.BeAlive, verifiesRole ? RequestWriter.Encode("ROLE") : RequestWriter.Encode("PING"));
    }

    private enum Step
    {
        LogIn, Prepare, Restore, BeMaster, BeAlive,
    }

    public ReadOnlySpan<byte> Bytes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);

    public bool IsDone => _next == _expected.Count;

    /// Null when the answer is the one hoped for, else what is wrong with this upstream.
    public string? Hear(ReadOnlySpan<byte> reply)
    {
        var step = _expected[_next++];
        bool isError = reply[0] == '-';
        string said = isError ? System.Text.Encoding.UTF8.GetString(reply[1..^2]) : "";
        return step switch
        {
            Step.LogIn when isError => $"the upstream refused the login: {said}",
            Step.Prepare or Step.Restore when isError => $"the upstream refused to prepare the connection: {said}",
            Step.BeMaster when isError => $"the upstream does not say its role: {said}",
            Step.BeMaster when !reply.StartsWith("*3\r\n$6\r\nmaster\r\n"u8) => "the upstream says it is no master",
            Step.BeAlive when said.StartsWith("LOADING", StringComparison.Ordinal) || said.StartsWith("MASTERDOWN", StringComparison.Ordinal) => said,
            _ => null,
        };
    }

    private void Say(Step step, byte[] frame)
    {
        _expected.Add(step);
        _bytes.AddRange(frame);
    }
}
