using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Identity;

/// A HELLO taken apart: which protocol it asks for, what it logs in with, the name it gives, and what is left without the login.
internal readonly record struct HelloRequest(byte[]? Version, byte[]? Username, byte[]? Password, byte[]? Name, byte[] WithoutLogIn)
{
    /// It asks for a protocol and for nothing else.
    public bool IsPlain => Version is not null && new RequestArguments(WithoutLogIn).Count == 2 && Password is null;

    /// `arguments` stand at the command's name.
    public static HelloRequest Read(RequestArguments arguments)
    {
        var words = new List<byte[]> { arguments.Current.ToArray() };
        byte[]? username = null;
        byte[]? password = null;
        byte[]? name = null;
        for (int position = 1; arguments.MoveNext(); position++)
        {
            bool isLogIn = position >= 2 && CommandTable.Is(arguments.Current, "AUTH"u8) && position + 2 < arguments.Count;
            bool isName = position >= 2 && CommandTable.Is(arguments.Current, "SETNAME"u8) && position + 1 < arguments.Count;
            if (isLogIn)
            {
                username = Next(ref arguments);
                password = Next(ref arguments);
                position += 2;
                continue;
            }
            words.Add(arguments.Current.ToArray());
            if (!isName)
                continue;
            words.Add(name = Next(ref arguments));
            position++;
        }
        return new HelloRequest(words.Count > 1 ? words[1] : null, username, password, name, RequestWriter.Encode(words));
    }

    /// What the next connection has to hear instead, each thing by itself: another login or name may take the place of one.
    public static IEnumerable<SetUp> Split(byte[] frame)
    {
        var arguments = new RequestArguments(frame);
        arguments.MoveNext();
        var request = Read(arguments);
        if (request.Password is not null)
            yield return new SetUp(SetUpKind.Auth, RequestWriter.Encode(["AUTH"u8.ToArray(), request.Username!, request.Password]));
        if (request.Version is not null)
            yield return new SetUp(SetUpKind.Hello, RequestWriter.Encode(["HELLO"u8.ToArray(), request.Version]));
        if (request.Name is not null)
            yield return new SetUp(SetUpKind.Name, RequestWriter.Encode(["CLIENT"u8.ToArray(), "SETNAME"u8.ToArray(), request.Name]));
    }

    private static byte[] Next(ref RequestArguments arguments) => arguments.MoveNext() ? arguments.Current.ToArray() : [];
}
