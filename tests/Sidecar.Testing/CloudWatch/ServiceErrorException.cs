namespace Sidecar.Testing.CloudWatch;

/// Carries a service error from the rule that was broken to the place that answers.
internal sealed class ServiceErrorException(ServiceError error) : Exception(error.Message)
{
    public ServiceError Error { get; } = error;
}
