using Microsoft.AspNetCore.Http;

namespace Sidecar.Hosting.Admin;

/// <summary>What the admin port answers: exact paths, and paths below a prefix. Agents add their own GETs.</summary>
public sealed class AdminEndpoints
{
    private readonly Dictionary<(string Method, string Path), RequestDelegate> _exact = [];
    private readonly Dictionary<(string Method, string Path), Func<HttpContext, string, Task>> _under = [];

    /// <summary>Answers GET and HEAD of exactly this path, for everyone.</summary>
    public void Get(string path, RequestDelegate answer) => _exact[(HttpMethods.Get, path)] = answer;

    /// <summary>Answers GET and HEAD of <c>{path}/{rest}</c>, for everyone; <paramref name="answer"/> gets the rest.</summary>
    public void GetUnder(string path, Func<HttpContext, string, Task> answer) => _under[(HttpMethods.Get, path)] = answer;

    /// <summary>Answers PUT of <c>{path}/{rest}</c>, for callers on this host only.</summary>
    public void PutUnder(string path, Func<HttpContext, string, Task> answer) =>
        _under[(HttpMethods.Put, path)] = (context, rest) => GuardedAsync(context, () => answer(context, rest));

    /// <summary>Answers POST of exactly this path, for callers on this host only.</summary>
    public void PostGuarded(string path, RequestDelegate answer) => Post(path, context => GuardedAsync(context, () => answer(context)));

    /// <summary>Answers only callers on this host; tells others why not.</summary>
    public static Task GuardedAsync(HttpContext context, Func<Task> answer)
    {
        if (AccessRules.Refusal(context) is not { } refusal)
        {
            return answer();
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Answers.TextAsync(context, refusal + "\n");
    }

    private void Post(string path, RequestDelegate answer) => _exact[(HttpMethods.Post, path)] = answer;

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
        if (slash > 0 && _under.TryGetValue((method, path[..slash]), out var under))
        {
            return under(context, path[(slash + 1)..]);
        }

        var isKnown = _exact.Keys.Any(known => known.Path == path) || (slash > 0 && _under.Keys.Any(known => known.Path == path[..slash]));
        context.Response.StatusCode = isKnown ? StatusCodes.Status405MethodNotAllowed : StatusCodes.Status404NotFound;
        return Answers.TextAsync(context, isKnown ? $"{context.Request.Method} is not for {path}\n" : $"nothing at {path}; known: {string.Join(' ', Known)}\n");
    }

    private IEnumerable<string> Known =>
        _exact.Keys.Where(known => known.Method == HttpMethods.Get).Select(known => known.Path)
            .Concat(_under.Keys.Where(known => known.Method == HttpMethods.Get).Select(known => known.Path + "/<name>"))
            .Order(StringComparer.Ordinal);
}
