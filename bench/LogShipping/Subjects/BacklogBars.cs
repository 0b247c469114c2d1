namespace LogShipping.Subjects;

/// The most that a backlog may cost.
internal sealed record BacklogBars(double? CpuSeconds = null, double? Calls = null, double? PeakMegabytes = null);
