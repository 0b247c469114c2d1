namespace Sidecar.Hosting.Settings;

/// <summary>What all three agents understand. Every SIDECAR_X may also be given with the agent's own prefix, which wins.</summary>
public static class SharedSettings
{
    internal const string Prefix = "SIDECAR_";

    public static readonly Setting<ListenAddress?> AdminListen = Setting.Of(
        "SIDECAR_ADMIN_LISTEN", "an address, a port, or both", null,
        "Where the admin port listens. Default: all addresses, port 9471 (logs), 9472 (ambassador), 9473 (adapter); a value without a port keeps the agent's own.",
        ListenAddress.Read, example: "127.0.0.1");

    public static readonly Setting<ExposedPages> AdminExpose = Setting.Choice(
        "SIDECAR_ADMIN_EXPOSE", ExposedPages.None, "What strangers may see beside health and metrics: the status page and its JSON, or none.");

    public static readonly Setting<string?> ControlSocket = Setting.Text(
        "SIDECAR_CONTROL_SOCKET", null, "A unix socket that serves the same as the admin port, status and control included; the one to use inside a mesh.",
        example: "/run/sidecar/control.sock");

    public static readonly Setting<LogLevelName> LogLevel = Setting.Choice(
        "SIDECAR_LOG_LEVEL", LogLevelName.Info, "What the agent logs of itself, and all that is worse.");

    public static readonly Setting<LogFormat> LogFormat = Setting.Choice(
        "SIDECAR_LOG_FORMAT", Settings.LogFormat.Json, "One JSON object a line, or text for people.");

    public static readonly Setting<ReadyWhen> ReadyWhen = Setting.Choice(
        "SIDECAR_READY_WHEN", Settings.ReadyWhen.Self, "What /readyz depends on: the agent itself, or also that nothing outside is in trouble (upstream).");

    public static readonly Setting<TimeSpan> ShutdownTimeout = Setting.Duration(
        "SIDECAR_SHUTDOWN_TIMEOUT", "25s", "From the stop signal to the end, at the most. Keep it below the orchestrator's grace period.", min: "1s", max: "1h");

    public static readonly Setting<TimeSpan> DrainReserve = Setting.Duration(
        "SIDECAR_DRAIN_RESERVE", "5s", "How long before the deadline the wait of SIDECAR_SHUTDOWN_WAIT_FOR ends, so that there is time to drain.", max: "1h");

    public static readonly Setting<WatchTarget?> ShutdownWaitFor = Setting.Of(
        "SIDECAR_SHUTDOWN_WAIT_FOR", "process:<name>, port:<number> or file:<path>", null,
        "After the stop signal the agent goes on serving until this is gone, for ECS and classic pods that signal every container at the same time.",
        WatchTarget.Read, example: "process:java");

    public static readonly Setting<WatchTarget?> ExitWith = Setting.Of(
        "SIDECAR_EXIT_WITH", "process:<name>, port:<number> or file:<path>", null,
        "The agent drains and ends with 0 when this has been seen and is gone, for Jobs.", WatchTarget.Read, example: "process:batch");

    public static readonly Setting<Strictness> Strict = Setting.Choice(
        "SIDECAR_STRICT", Strictness.Auto, "Whether every unknown variable under our prefixes is a fault (true) or a warning (false). By default check refuses all, run refuses near misses.");

    public static readonly Setting<string?> OtlpEndpoint = Setting.Text(
        "OTEL_EXPORTER_OTLP_ENDPOINT", null, "Where metrics and traces are sent by OTLP; unset: nowhere. The other OTEL_* variables are read by the OpenTelemetry SDK as usual.",
        example: "http://localhost:4318");

    public static readonly Setting<string?> OtlpProtocol = Setting.Text(
        "OTEL_EXPORTER_OTLP_PROTOCOL", null, "grpc or http/protobuf; the SDK's default is grpc.", example: "http/protobuf");

    public static readonly Setting<string?> OtelServiceName = Setting.Text(
        "OTEL_SERVICE_NAME", null, "The service.name of what is sent; default: sidecar-<agent>.", example: "orders-logs");

    public static readonly Setting<string?> OtelResourceAttributes = Setting.Text(
        "OTEL_RESOURCE_ATTRIBUTES", null, "Further resource attributes of what is sent.", example: "deployment.environment=prod");

    /// <summary>The agents share a pod's network, so their admin ports differ.</summary>
    public static int DefaultAdminPort(string agent) => agent switch
    {
        "logs" => 9471,
        "ambassador" => 9472,
        "adapter" => 9473,
        _ => 0,
    };

    /// <summary>The admin port that these settings lead to.</summary>
    public static int AdminPort(BoundSettings settings) => settings.Get(AdminListen)?.Port ?? DefaultAdminPort(settings.Schema.Agent);

    public static IEnumerable<ISetting> All =>
        [AdminListen, AdminExpose, ControlSocket, LogLevel, LogFormat, ReadyWhen, ShutdownTimeout, DrainReserve, ShutdownWaitFor, ExitWith, Strict,
         OtlpEndpoint, OtlpProtocol, OtelServiceName, OtelResourceAttributes];
}
