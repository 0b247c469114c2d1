namespace Sidecar.Logs.Tests;

/// Whether the run is one that may take minutes: SIDECAR_TEST_LONG=1.
internal static class LongRun
{
#pragma warning disable RS0030 // The switch of the test run is no setting of an agent.
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("SIDECAR_TEST_LONG") == "1";
#pragma warning restore RS0030

    public static int Of(int usually, int atLength) => IsOn ? atLength : usually;
}
