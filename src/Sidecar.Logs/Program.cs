using Sidecar.Hosting;
using Sidecar.Logs;

return await SidecarHost.RunAsync("logs", args, sidecar => sidecar.AddLogs());
