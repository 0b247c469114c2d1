using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes;

/// Passes when a file is there and, with a maximum age, was written to recently enough. Only looks: the file is never
/// opened, so a pipe or a device can't hold it up.
internal sealed class FileProbe(string path, TimeSpan? maxAge, TimeSpan maxSkew, TimeProvider time) : IProbe
{
    public Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        try
        {
            return Task.FromResult(Look(timeout));
        }
        catch (OperationCanceledException)
        {
            return Task.FromResult(ProbeResult.TimedOut("looking for the newest file"));
        }
        catch (UnauthorizedAccessException)
        {
            return Task.FromResult(ProbeResult.Unknown("permission denied: run as a user who may look there (runAsUser, fsGroup)"));
        }
        catch (InvalidDataException tooWide)
        {
            return Task.FromResult(ProbeResult.Unknown(tooWide.Message));
        }
        catch (IOException trouble)
        {
            return Task.FromResult(ProbeResult.Unknown($"can't be looked at (I/O error {trouble.HResult})"));
        }
    }

    private ProbeResult Look(CancellationToken timeout)
    {
        var file = NewestFile.Find(path, timeout);
        if (file is null)
            return ProbeResult.Failed(NewestFile.IsPattern(path) ? "no file matches" : "there is no such file");

        if (file.Attributes.HasFlag(FileAttributes.Directory))
            return ProbeResult.Failed("a directory, expected a file");

        if (maxAge is not { } limit)
            return ProbeResult.Passed("present");

        var age = time.GetUtcNow() - new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero);
        if (age < -maxSkew)
            return ProbeResult.Failed($"clock skew: written {Round(-age)} in the future, expected at most {ValueForms.Show(maxSkew)}");

        var shown = Round(age < TimeSpan.Zero ? TimeSpan.Zero : age);
        return age <= limit
            ? ProbeResult.Passed($"written {shown} ago")
            : ProbeResult.Failed($"written {shown} ago, expected within {ValueForms.Show(limit)}");
    }

    private static string Round(TimeSpan age) => age switch
    {
        { TotalSeconds: < 10 } => $"{age.TotalSeconds:0.0}s",
        { TotalMinutes: < 10 } => $"{age.TotalSeconds:0}s",
        { TotalHours: < 10 } => $"{age.TotalMinutes:0}m",
        { TotalDays: < 4 } => $"{age.TotalHours:0}h",
        _ => $"{age.TotalDays:0}d",
    };
}
