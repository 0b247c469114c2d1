namespace Sidecar.Logs.Destination;

/// A log group's class; it can't be changed later. DELIVERY is for Lambda only.
internal enum GroupClass
{
    Standard,
    InfrequentAccess,
}
