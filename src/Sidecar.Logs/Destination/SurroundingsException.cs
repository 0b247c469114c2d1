namespace Sidecar.Logs.Destination;

/// No credentials, or no region, can be found around us at the moment.
internal sealed class SurroundingsException(string message, Exception? inner) : Exception(message, inner);
