namespace Sidecar.Testing.CloudWatch;

/// An error as the service answers it: `{"__type":"...","message":"..."}`.
public sealed record ServiceError(int Status, string Type, string Message)
{
    public static ServiceError InvalidParameter(string message) => new(400, "InvalidParameterException", message);

    public static ServiceError NotFound(string what) =>
        new(400, "ResourceNotFoundException", $"The specified {what} does not exist.");

    public static ServiceError Exists(string what) =>
        new(400, "ResourceAlreadyExistsException", $"The specified {what} already exists");

    public static ServiceError Serialization(string message) => new(400, "SerializationException", message);

    public static ServiceError InvalidSignature(string message) => new(400, "InvalidSignatureException", message);
}
