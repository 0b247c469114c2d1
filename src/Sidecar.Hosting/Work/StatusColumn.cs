namespace Sidecar.Hosting.Work;

/// <summary>A column on the status page: which field it shows, under which heading, and how.</summary>
public sealed record StatusColumn(string Field, string Label, StatusForm Form = StatusForm.Text);
