using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Footprint;

/// Runs an agent in a memory cgroup of its own, where the machine lets us make one.
internal static class MemoryLimit
{
    public static async Task<string> TryAsync(Agent agent)
    {
        string group;
        try
        {
            group = Create(agent.LimitMebibytes);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return $"not checked, no cgroup can be made here ({refused.Message})";
        }

        try
        {
            return await RunAsync(agent, group);
        }
        finally
        {
            await RemoveAsync(group);
        }
    }

    private static async Task<string> RunAsync(Agent agent, string group)
    {
        var port = FreePort.Next();
        var settings = new Dictionary<string, string>(agent.Settings, StringComparer.Ordinal)
        {
            ["SIDECAR_ADMIN_LISTEN"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
        };
        await using var process = ChildProcess.Start(
            "/bin/sh",
            ["-c", "echo $$ > \"$0\" && exec \"$1\"", Path.Combine(group, "cgroup.procs"), Artifacts.ProgramOf(agent.Program)],
            settings);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        try
        {
            await Eventually.TrueAsync(() => IsReadyAsync(client), what: "it is ready");
            await agent.WorkAsync(CancellationToken.None);
        }
        catch (Exception died) when (died is TimeoutException or IOException or HttpRequestException)
        {
            return $"NO, {agent.LimitMebibytes} MiB: {(process.HasExited ? "it was killed" : died.Message)}";
        }

        var peak = ReadNumber(group, "memory.peak", "memory.max_usage_in_bytes");
        return string.Create(CultureInfo.InvariantCulture, $"yes, {agent.LimitMebibytes} MiB (peak {peak / 1e6:0.0} MB, file pages included)");
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // Under the group that we run in: version 2 has one tree, version 1 one for memory.
    private static string Create(int mebibytes)
    {
        var own = File.ReadLines("/proc/self/cgroup").Select(line => line.Split(':', 3)).ToList();
        var isSecond = File.Exists("/sys/fs/cgroup/cgroup.controllers");
        var (root, path) = isSecond
            ? ("/sys/fs/cgroup", own.First(entry => entry[0] == "0")[2])
            : ("/sys/fs/cgroup/memory", own.FirstOrDefault(entry => entry[1] == "memory")?[2] ?? throw new IOException("there is no memory controller"));
        var group = Path.Combine(root, path.TrimStart('/'), string.Create(CultureInfo.InvariantCulture, $"sidecars-footprint-{Environment.ProcessId}"));
        Directory.CreateDirectory(group);
        try
        {
            File.WriteAllText(
                Path.Combine(group, isSecond ? "memory.max" : "memory.limit_in_bytes"), (mebibytes * 1024L * 1024).ToString(CultureInfo.InvariantCulture));
            return group;
        }
        catch
        {
            Directory.Delete(group);
            throw;
        }
    }

    private static long ReadNumber(string group, params string[] names)
    {
        var file = names.Select(name => Path.Combine(group, name)).First(File.Exists);
        return long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
    }

    // A group can be removed when its last process is gone, a moment after that one's end.
    private static Task RemoveAsync(string group) => Eventually.TrueAsync(
        () =>
        {
            try
            {
                Directory.Delete(group, recursive: false);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        },
        what: $"{group} is removed");
}
