using Microsoft.AspNetCore.Http;

namespace Sidecar.Hosting.Admin;

/// <summary>What the admin port answers: exact paths, and paths below a prefix. Agents add their own GETs.</summary>
public sealed class AdminEndpoints
{
    private readonly Dictionary<(string Method, string Path), RequestDelegate> _exact = [];
    private readonly Dictionary<string, Func<HttpContext, string, Task>> _under = [];

    /// <summary>Answers GET and HEAD of exactly this path, for everyone.</summary>
    public void Get(string path, RequestDelegate answer) => _exact[(HttpMethods.Get, path)] = answer;

    /// <summary>Answers GET and HEAD of <c>{path}/{rest}</c>, for everyone; <paramref name="answer"/> gets the rest.</summary>
    public void GetUnder(string path, Func<HttpContext, string, Task> answer) => _under[path] = answer;

    internal void Post(string path, RequestDelegate answer) => _exact[(HttpMethods.Post, path)] = answer;

    internal Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (path.Length > 1 && path[^1] == '/')
        {
            path = path[..^1];
        }

        var method = HttpMethods.IsHead(context.Request.Method) ? HttpMethods.Get : context.Request.Method;
        if (_exact.TryGetValue((method, path), out var answer))
        {
            return answer(context);
        }

        var slash = path.LastIndexOf('/');
        if (HttpMethods.IsGet(method) && slash > 0 && _under.TryGetValue(path[..slash], out var under))
        {
            return under(context, path[(slash + 1)..]);
        }

        var isKnown = _exact.Keys.Any(known => known.Path == path);
        context.Response.StatusCode = isKnown ? StatusCodes.Status405MethodNotAllowed : StatusCodes.Status404NotFound;
        return Answers.TextAsync(context, isKnown ? $"{context.Request.Method} is not for {path}\n" : $"nothing at {path}; known: {string.Join(' ', Known)}\n");
    }

    private IEnumerable<string> Known =>
        _exact.Keys.Where(known => known.Method == HttpMethods.Get).Select(known => known.Path).Concat(_under.Keys.Select(path => path + "/<name>")).Order(StringComparer.Ordinal);
}
