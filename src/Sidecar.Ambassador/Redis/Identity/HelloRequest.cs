using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Identity;

/// A HELLO taken apart: what it logs in with, and what is left without that.
internal readonly record struct HelloRequest(byte[] WithoutLogIn, byte[]? Username, byte[]? Password)
{
    /// `arguments` stand at the command's name.
    public static HelloRequest Read(RequestArguments arguments)
    {
        var words = new List<byte[]> { arguments.Current.ToArray() };
        byte[]? username = null;
        byte[]? password = null;
        for (int position = 1; arguments.MoveNext(); position++)
        {
            bool isLogIn = position >= 2 && CommandTable.Is(arguments.Current, "AUTH"u8) && position + 2 < arguments.Count;
            if (!isLogIn)
            {
                words.Add(arguments.Current.ToArray());
                continue;
            }
            username = Next(ref arguments);
            password = Next(ref arguments);
            position += 2;
        }
        return new HelloRequest(RequestWriter.Encode(words), username, password);
    }

    /// What it asks for and what it logs in with, apart: another login may take the place of the second. A HELLO without one has none.
    public static (SetUp Hello, SetUp? LogIn) Split(SetUp setUp)
    {
        var arguments = new RequestArguments(setUp.Frame);
        arguments.MoveNext();
        var (withoutLogIn, username, password) = Read(arguments);
        return password is null
            ? (setUp, null)
            : (new SetUp(SetUpKind.Hello, withoutLogIn), new SetUp(SetUpKind.Auth, RequestWriter.Encode(["AUTH"u8.ToArray(), username!, password])));
    }

    private static byte[] Next(ref RequestArguments arguments) => arguments.MoveNext() ? arguments.Current.ToArray() : [];
}
