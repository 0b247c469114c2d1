using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// What is said on a new upstream connection before the first command of a client, and what the answers have to be.
internal sealed class Greeting
{
    private readonly List<Step> _expected = [];
    private readonly List<byte> _bytes = [];
    private int _next;

    private readonly bool _isForApp;

    public Greeting(RouteCredentials? credentials, int database, RoleCheck role, IEnumerable<SetUp> setUps)
    {
        _isForApp = credentials is null;
        if (credentials is not null)
        {
            var (username, password) = credentials.Current;
            Say(Step.LogIn, username is null ? RequestWriter.Encode("AUTH", password) : RequestWriter.Encode("AUTH", username, password));
        }
        // What the client said on its own connection may be what lets it ask at all.
        foreach (var setUp in setUps.Where(setUp => setUp.Kind == SetUpKind.Auth))
            Say(Step.LogInAgain, setUp.Frame);
        if (database != 0)
            Say(Step.Prepare, RequestWriter.Encode("SELECT", database.ToString()));
        foreach (var setUp in setUps.Where(setUp => setUp.Kind != SetUpKind.Auth))
            Say(Step.Restore, setUp.Frame);
        if (role != RoleCheck.Always)
            Say(Step.BeAlive, RequestWriter.Encode("PING"));
        Say(role == RoleCheck.Noted ? Step.SayRole : Step.BeMaster, RequestWriter.Encode("ROLE"));
    }

    private enum Step
    {
        LogIn, LogInAgain, Prepare, Restore, BeMaster, SayRole, BeAlive,
    }

    public ReadOnlySpan<byte> Bytes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);

    public bool IsDone => _next == _expected.Count;

    /// The app's own login is not taken any more.
    public bool IsLogInRefused { get; private set; }

    public bool IsMaster { get; private set; }

    /// Null when the answer is the one hoped for, else what is wrong with this upstream.
    public string? Hear(ReadOnlySpan<byte> reply)
    {
        var step = _expected[_next++];
        bool isError = reply[0] == '-';
        string said = isError ? System.Text.Encoding.UTF8.GetString(reply[1..^2]) : "";
        // The app's own business: it may have to log in first, or be a user who may not ask for the role.
        bool hasToLogIn = said.StartsWith("NOAUTH", StringComparison.Ordinal);
        if (_isForApp && (step == Step.BeMaster ? hasToLogIn || said.StartsWith("NOPERM", StringComparison.Ordinal) : step == Step.Prepare && hasToLogIn))
        {
            // Whoever found it says that it is.
            IsMaster = step == Step.BeMaster;
            return null;
        }
        IsMaster = reply.StartsWith("*3\r\n$6\r\nmaster\r\n"u8);
        IsLogInRefused = isError && step == Step.LogInAgain;
        return step switch
        {
            Step.LogInAgain when isError => $"the upstream refused the app's login: {said}",
            Step.LogIn when isError => $"the upstream refused the login: {said}",
            Step.Prepare or Step.Restore when isError => $"the upstream refused to prepare the connection: {said}",
            Step.BeMaster when isError => $"the upstream does not say its role: {said}",
            Step.BeMaster when !IsMaster => "the upstream says it is no master",
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
