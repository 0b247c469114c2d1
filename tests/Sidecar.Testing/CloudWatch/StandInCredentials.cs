namespace Sidecar.Testing.CloudWatch;

/// Who may call the stand-in. A session token, when there is one, must come with every call; temporary ones run out.
public sealed record StandInCredentials(string AccessKey, string SecretKey, string? SessionToken = null, DateTimeOffset? ExpiresAt = null)
{
    public static StandInCredentials Example { get; } = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
}
