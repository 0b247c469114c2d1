using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// YARP's forwarder without its pipeline and without its voice: a failed try that another endpoint makes good is no warning, and
/// what matters of it we say ourselves.
/// </summary>
internal static class Forwarding
{
    public static IHttpForwarder Create(TimeProvider time)
    {
        var services = new ServiceCollection();
        services.AddSingleton(time);
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddHttpForwarder();
        return services.BuildServiceProvider().GetRequiredService<IHttpForwarder>();
    }
}
