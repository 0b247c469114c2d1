namespace Sidecar.Hosting;

/// <summary>Something outside that the agent can't start without is not as it has to be: one clear line, exit code 1.</summary>
public sealed class StartException(string message, Exception inner) : Exception(message, inner);
