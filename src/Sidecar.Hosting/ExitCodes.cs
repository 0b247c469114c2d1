namespace Sidecar.Hosting;

/// <summary>What the process says when it ends. Never 2, which Docker's HEALTHCHECK reserves.</summary>
public static class ExitCodes
{
    /// <summary>Stopped as asked.</summary>
    public const int Ok = 0;

    public const int Failed = 1;

    /// <summary>Wrong settings or command line (EX_USAGE).</summary>
    public const int Usage = 64;
}
