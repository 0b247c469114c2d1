using Sidecar.Ambassador;
using Sidecar.Hosting;

return await SidecarHost.RunAsync("ambassador", args, sidecar => sidecar.AddAmbassador());
