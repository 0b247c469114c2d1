using Sidecar.Adapter;
using Sidecar.Adapter.Probes.Commands;
using Sidecar.Hosting;

Children.AdoptsOrphans = true;
return await SidecarHost.RunAsync("adapter", args, sidecar => sidecar.AddAdapter());
