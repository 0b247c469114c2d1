using Sidecar.Adapter.Probes.Content;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Files;

/// Passes when a file is as expected: there or absent, written recently enough, of the right size and content. Unless its
/// content matters the file is never opened.
internal sealed class FileProbe(string path, FileExpectation expected, TimeProvider time) : IProbe
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
        catch (FileNotFoundException)
        {
            // Gone between the look and the open.
            return Task.FromResult(Missing);
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

    private ProbeResult Missing => (expected.IsAbsent, NewestFile.IsPattern(path)) switch
    {
        (true, _) => ProbeResult.Passed("absent"),
        (false, true) => ProbeResult.Failed("no file matches"),
        _ => ProbeResult.Failed("there is no such file"),
    };

    private ProbeResult Look(CancellationToken timeout)
    {
        var file = NewestFile.Find(path, timeout);
        if (file is null)
            return Missing;

        if (expected.IsAbsent)
            return ProbeResult.Failed("present, expected to be absent");

        if (file.Attributes.HasFlag(FileAttributes.Directory))
            return ProbeResult.Failed("a directory, expected a file");

        if (!RegularFile.IsAt(file.FullName))
            return ProbeResult.Failed("a pipe, a socket or a device, expected a file");

        var (isFresh, seen) = Age(file);
        var trouble = isFresh ? Size(file) ?? Content(file) : null;
        return isFresh && trouble is null ? ProbeResult.Passed(seen)
            : ProbeResult.Failed(trouble is null ? seen : $"{seen}, but {trouble}");
    }

    private (bool IsFresh, string Seen) Age(FileSystemInfo file)
    {
        if (expected.MaxAge is not { } limit)
            return (true, "present");

        var age = time.GetUtcNow() - new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero);
        if (age < -expected.MaxSkew)
            return (false, $"clock skew: written {Round(-age)} in the future, expected at most {ValueForms.Show(expected.MaxSkew)}");

        var shown = Round(age < TimeSpan.Zero ? TimeSpan.Zero : age);
        return age <= limit ? (true, $"written {shown} ago") : (false, $"written {shown} ago, expected within {ValueForms.Show(limit)}");
    }

    private string? Size(FileSystemInfo file)
    {
        if (expected is { MinSize: 0, MaxSize: long.MaxValue } || file is not FileInfo { Length: var size })
            return null;

        return size < expected.MinSize ? $"{size} bytes large, expected at least {expected.MinSize}"
            : size > expected.MaxSize ? $"{size} bytes large, expected at most {expected.MaxSize}"
            : null;
    }

    private string? Content(FileSystemInfo file)
    {
        if (expected.Content.IsEmpty)
            return null;

        using var handle = RegularFile.Open(file.FullName);
        if (handle is null)
            return "it is a pipe or a device, expected a file";

        var buffer = ContentRules.Buffers.Rent(ContentRules.MaxBytes + 1);
        try
        {
            var length = 0;
            for (int read; length <= ContentRules.MaxBytes; length += read)
            {
                read = RandomAccess.Read(handle, buffer.AsSpan(length, ContentRules.MaxBytes + 1 - length), length);
                if (read == 0)
                    break;
            }
            var isCut = length > ContentRules.MaxBytes;
            return expected.Content.Trouble(buffer.AsSpan(0, Math.Min(length, ContentRules.MaxBytes)), isCut, "the file");
        }
        finally
        {
            ContentRules.Buffers.Return(buffer);
        }
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
