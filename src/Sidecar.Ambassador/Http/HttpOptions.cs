namespace Sidecar.Ambassador.Http;

/// <summary>What an HTTP route does beyond where it leads.</summary>
/// <param name="Timeout">How long an upstream may be silent while a request is under way; zero for ever.</param>
/// <param name="PreserveHost">Whether the caller's Host header goes on instead of the URL's host.</param>
internal sealed record HttpOptions(RetryOptions Retry, TimeSpan Timeout, bool PreserveHost);
