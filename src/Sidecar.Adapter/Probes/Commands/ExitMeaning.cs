namespace Sidecar.Adapter.Probes.Commands;

/// What a command's exit code means.
internal enum ExitMeaning
{
    /// 0 is a pass, all else a miss.
    Boolean,

    /// As monitoring plugins have it: 0 well, 1 a warning, 2 a miss, 3 unknown, with performance data in the output.
    Nagios,
}
