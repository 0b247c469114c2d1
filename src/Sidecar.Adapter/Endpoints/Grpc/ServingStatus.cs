namespace Sidecar.Adapter.Endpoints.Grpc;

/// As grpc.health.v1 numbers them.
internal enum ServingStatus
{
    Unknown = 0,
    Serving = 1,
    NotServing = 2,
    ServiceUnknown = 3,
}
