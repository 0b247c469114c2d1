namespace Sidecar.Logs.Destination;

/// Sorts the service's errors by what can be done about them.
internal static class ServiceErrors
{
    public const string NotFound = "ResourceNotFoundException";
    public const string AlreadyExists = "ResourceAlreadyExistsException";

    public static SendResult ToResult(ServiceAnswer error, TimeSpan clockSkew) => error.ErrorType switch
    {
        "ThrottlingException" or "Throttling" or "TooManyRequestsException" or "RequestLimitExceeded" or "LimitExceededException" =>
            new SendResult.Throttled(TimeSpan.Zero),

        // Not answered since 2023, but it would mean that the service has the batch.
        "DataAlreadyAcceptedException" => SendResult.StoredAll,

        // A name that is not taken is no fault of the events: taking the batch apart would dead-letter every line of the stream.
        "InvalidParameterException" or "ValidationException" when IsAboutName(error.Message) => new SendResult.Refused(error.ToString()),
        "InvalidParameterException" or "ValidationException" or "SerializationException" or "RequestEntityTooLargeException" =>
            new SendResult.Poison(error.ToString()),

        "AccessDeniedException" or "AccessDenied" or "UnrecognizedClientException" or "InvalidClientTokenId" or "ExpiredTokenException"
            or "ExpiredToken" or "MissingAuthenticationTokenException" or "IncompleteSignatureException" or "OptInRequired"
            or NotFound => new SendResult.Refused(error.ToString()),
        "InvalidSignatureException" or "SignatureDoesNotMatch" or "RequestTimeTooSkewed" or "RequestExpired" or "AuthFailure" =>
            new SendResult.Refused(clockSkew == TimeSpan.Zero ? error.ToString() : $"{error} (our clock, corrected by {clockSkew:c})"),

        // A proxy, or a policy of the network, in words of its own.
        "" when (int)error.Status is 401 or 403 or 407 => new SendResult.Refused(error.ToString()),
        "" when (int)error.Status == 413 => new SendResult.Poison(error.ToString()),
        "" when (int)error.Status == 429 => new SendResult.Throttled(TimeSpan.Zero),

        // 5xx, and whatever a proxy may say: it tells nothing about the batch.
        _ => new SendResult.Unavailable(error.ToString()),
    };

    // In the service's words: "Value 'a:b' at 'logStreamName' failed to satisfy constraint: ...".
    private static bool IsAboutName(string message) =>
        message.Contains("at 'logGroupName' failed", StringComparison.Ordinal)
        || message.Contains("at 'logStreamName' failed", StringComparison.Ordinal);
}
