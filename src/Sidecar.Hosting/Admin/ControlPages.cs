using Microsoft.AspNetCore.Http;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Admin;

/// <summary>POST /control/drain, /control/quit and /control/log-level, for callers on this host only.</summary>
internal sealed class ControlPages(Drain drain, ProcessEnd processEnd, LogSwitch logSwitch)
{
    private const int MaxBodyChars = 64;

    public void Map(AdminEndpoints endpoints)
    {
        endpoints.PostGuarded("/control/drain", context =>
        {
            // It outlives the request: a drain may take as long as the app's last requests.
            _ = drain.RunAsync(CancellationToken.None);
            return Answers.TextAsync(context, "draining\n");
        });
        endpoints.PostGuarded("/control/quit", context =>
        {
            processEnd.Ask("the quit call");
            return Answers.TextAsync(context, "ending\n");
        });
        endpoints.PostGuarded("/control/log-level", SetLogLevelAsync);
    }

    private async Task SetLogLevelAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var buffer = new char[MaxBodyChars];
        var length = await reader.ReadBlockAsync(buffer, context.RequestAborted);
        var parsed = SettingForms.Choice<LogLevelName>(new string(buffer, 0, length).Trim());
        if (!parsed.IsRight)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await Answers.TextAsync(context, parsed.Expected + "\n");
            return;
        }

        logSwitch.Level = LogLevels.From(parsed.Value);
        await Answers.TextAsync(context, $"{SettingForms.Show(parsed.Value)}\n");
    }
}
