namespace Sidecar.Hosting.Work;

/// <summary>One thing that is wrong, for a person: what, why, since when, and what to do about it.</summary>
/// <param name="Subject">Who is not well, where it is not the agent itself.</param>
public sealed record Problem(Wellness Level, string Name, string Reason, DateTimeOffset? Since, string? Remedy, string? Subject = null);
