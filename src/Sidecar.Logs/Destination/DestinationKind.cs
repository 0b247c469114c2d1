namespace Sidecar.Logs.Destination;

internal enum DestinationKind
{
    CloudWatch,
    Stdout,
    File,
}
