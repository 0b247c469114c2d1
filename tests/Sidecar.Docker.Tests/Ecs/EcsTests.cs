using System.Text.Json;
using System.Text.Json.Nodes;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Docker.Tests.Ecs;

/// What the task definitions say is what the agents understand and ECS takes.
public sealed class EcsTests : IDisposable
{
    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Definitions => ["fargate.json", "ec2.json"];

    public void Dispose() => _volume.Dispose();

    [Theory]
    [MemberData(nameof(Definitions))]
    public async Task Every_variable_passes_the_check_of_its_agent(string name)
    {
        foreach (var sidecar in TaskDefinition.Read(name).Sidecars)
        {
            await using var check = await SidecarProcess.RunAsync(TaskDefinition.AgentOf(sidecar), TaskDefinition.EnvironmentOf(sidecar), Cancellation, "check");
            Assert.True(await check.WaitForExitAsync(cancellation: Cancellation) == 0, check.Transcript);
        }
    }

    [Theory]
    [MemberData(nameof(Definitions))]
    public async Task Every_health_check_is_a_command_that_a_running_agent_answers_with_0(string name)
    {
        foreach (var sidecar in TaskDefinition.Read(name).Sidecars)
        {
            var (agent, words) = (TaskDefinition.AgentOf(sidecar), sidecar.GetProperty("healthCheck").GetProperty("command").EnumerateArray().Select(word => word.GetString()!).ToArray());
            Assert.Equal(["CMD", $"/{agent}"], words[..2]);
            await using var running = await SidecarProcess.StartReadyAsync(agent, AgentSettings.Least(agent, _volume), Cancellation);

            var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["SIDECAR_ADMIN_LISTEN"] = running.AdminAddress.Authority };
            await Eventually.TrueAsync(
                async () =>
                {
                    await using var command = await SidecarProcess.RunAsync(agent, settings, Cancellation, words[2..]);
                    return await command.WaitForExitAsync(cancellation: Cancellation) == 0;
                },
                cancellation: Cancellation,
                what: string.Join(' ', words));
        }
    }

    [Theory]
    [MemberData(nameof(Definitions))]
    public void The_apps_health_is_the_tasks_and_no_shipper_ends_the_app(string name)
    {
        var task = TaskDefinition.Read(name);

        Assert.Equal("task", task.Root.GetProperty("pidMode").GetString());
        Assert.Equal(["CMD", "/sidecar-adapter", "health", "live"], task.Container("adapter").GetProperty("healthCheck").GetProperty("command").EnumerateArray().Select(word => word.GetString()));
        Assert.Equal(
            [("app", true), ("logs", false), ("ambassador", true), ("adapter", true)],
            task.Containers.Select(container => (container.GetProperty("name").GetString()!, container.GetProperty("essential").GetBoolean())));
        // Started after these are healthy, and so told to end before them.
        Assert.Equal(
            ["logs HEALTHY", "ambassador HEALTHY"],
            task.Container("app").GetProperty("dependsOn").EnumerateArray().Select(one => $"{one.GetProperty("containerName").GetString()} {one.GetProperty("condition").GetString()}"));
    }

    [Theory]
    [MemberData(nameof(Definitions))]
    public void Every_sidecar_is_without_rights_and_has_the_time_that_it_gives_itself(string name) =>
        Assert.All(TaskDefinition.Read(name).Sidecars, sidecar =>
        {
            Assert.Equal("1654", sidecar.GetProperty("user").GetString());
            Assert.True(sidecar.GetProperty("readonlyRootFilesystem").GetBoolean());
            Assert.Equal("ALL", sidecar.GetProperty("linuxParameters").GetProperty("capabilities").GetProperty("drop")[0].GetString());
            // SIDECAR_SHUTDOWN_TIMEOUT is 25s; Fargate allows 120.
            Assert.InRange(sidecar.GetProperty("stopTimeout").GetInt32(), 26, 120);
            Assert.True(sidecar.GetProperty("restartPolicy").GetProperty("enabled").GetBoolean());
        });

    [Theory]
    [InlineData("task-role.json", "logs:CreateLogStream logs:PutLogEvents")]
    [InlineData("task-role-creating-groups.json", "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents logs:PutRetentionPolicy")]
    public void The_task_may_do_what_the_agent_does_and_nothing_else(string name, string actions)
    {
        using var policy = JsonDocument.Parse(File.ReadAllText(Path.Combine(TaskDefinition.Folder, "policies", name)));

        var statements = policy.RootElement.GetProperty("Statement").EnumerateArray().ToArray();

        Assert.Equal(actions.Split(' '), statements.SelectMany(one => one.GetProperty("Action").EnumerateArray()).Select(action => action.GetString()!).Order(StringComparer.Ordinal));
        Assert.All(statements, one => Assert.StartsWith("arn:aws:logs:eu-west-1:123456789012:log-group:/apps/", one.GetProperty("Resource").GetString(), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Definitions))]
    public async Task AWS_takes_the_task_definition_and_the_stack_that_says_the_same(string name)
    {
        var script = Path.Combine(Artifacts.RepositoryRoot(), "tests", "Sidecar.Docker.Tests", "Ecs", "ask_aws.py");
        var asked = await ShortProgram.RunAsync("python3", TaskDefinition.Folder, [script, name, "cloudformation.yaml"], Cancellation);
        if (asked is not { } said || (said.Code != 0 && (said.Said.Contains("No module named", StringComparison.Ordinal) || said.Said.Contains("older than", StringComparison.Ordinal))))
        {
            Assert.Skip($"python3 with a recent botocore and moto is not on this machine: {asked?.Said.Trim().Split('\n')[^1]}");
            return;
        }
        Assert.True(said.Code == 0, said.Said);

        var answer = JsonNode.Parse(said.Said)!;

        Assert.Equal("", answer["faults"]!.GetValue<string>());
        Assert.Equal(4, answer["registered"]!.AsArray().Count);
        Assert.Equal(Sorted(answer["registered"]!), Sorted(answer["stack"]!));
        // As the ALB asks: the adapter's port, and exactly 200.
        Assert.Equal(["9473", "/health/ready", "200"], answer["health"]!.AsArray().Select(one => one!.GetValue<string>()));
    }

    [Fact]
    public void EC2_takes_the_words_of_the_security_group()
    {
        var described = File.ReadLines(Path.Combine(TaskDefinition.Folder, "cloudformation.yaml")).Single(line => line.Contains(" GroupDescription: ", StringComparison.Ordinal));

        // No apostrophe: the letters that the API names for GroupDescription.
        Assert.Matches(@"^ *GroupDescription: [a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}$", described);
    }

    // Neither the order of names counts, nor whether a number is written as a text.
    private static string Sorted(JsonNode node) => node switch
    {
        JsonObject map => "{" + string.Join(',', map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}:{Sorted(entry.Value!)}")) + "}",
        JsonArray list => "[" + string.Join(',', list.Select(one => Sorted(one!))) + "]",
        _ => node.ToString(),
    };
}
