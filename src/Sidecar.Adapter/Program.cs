using Sidecar.Adapter;
using Sidecar.Hosting;

return await SidecarHost.RunAsync("adapter", args, sidecar => sidecar.AddAdapter());
