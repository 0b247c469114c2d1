namespace Sidecar.Testing.CloudWatch;

internal readonly record struct IncomingEvent(long Timestamp, byte[] Message);
