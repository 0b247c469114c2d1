using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting;

/// <summary>What a command works with: the schema, the environment, and where it writes.</summary>
public sealed class SidecarContext(SidecarBuilder builder, IReadOnlyDictionary<string, string> environment, TextWriter output, TextWriter error, TimeProvider time)
{
    public SettingsSchema Schema => builder.Settings;

    public TextWriter Output => output;

    public TextWriter Error => error;

    public TimeProvider Time => time;

    internal SidecarBuilder Builder => builder;

    /// <summary>Reads the settings as they are, faults included.</summary>
    public BoundSettings ReadSettings(bool isCheck = false) => SettingsReader.Read(Schema, environment, isCheck, time);

    /// <summary>Reads what all agents share, such as where the admin port is: a fault elsewhere is the running agent's affair, and
    /// reading the rest costs more than asking it.</summary>
    public BoundSettings ReadSharedSettings() => SettingsReader.Read(new SettingsSchema(Schema.Agent), environment, isCheck: false, time);

    /// <summary>Reads the settings and composes the agent; when something is wrong prints every fault and returns null.</summary>
    public (BoundSettings Settings, AgentPlan Plan)? Compose(bool isCheck)
    {
        var settings = ReadSettings(isCheck);
        var faults = settings.Faults.Count;
        AgentPlan? plan = null;
        try
        {
            plan = builder.Compose?.Invoke(settings);
        }
        catch (Exception) when (faults > 0)
        {
            // A composition may stumble over a value that is already reported; the report is what helps.
        }

        return Report(settings) || plan is null ? null : (settings, plan);
    }

    /// <summary>Prints all faults, one line each; true when there are any.</summary>
    internal bool Report(BoundSettings settings)
    {
        foreach (var fault in settings.Faults.DistinctBy(fault => fault.ToString()))
        {
            error.WriteLine($"sidecar-{Schema.Agent}: {fault}");
        }

        return settings.Faults.Count > 0;
    }
}
