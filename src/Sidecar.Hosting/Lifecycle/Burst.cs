namespace Sidecar.Hosting.Lifecycle;

/// Tells when a burst of work is over, by the processor time of one turn after the other: some took a tenth of a processor, and then
/// two in a row hardly anything. A steady small load is no burst, and a pause in a great one is no end. One that took much memory is
/// one too, however little it computed.
/// <param name="turn">How long a turn is.</param>
/// <param name="residentBytes">What is in memory before it.</param>
internal sealed class Burst(TimeSpan turn, long residentBytes)
{
    private const long Much = 32L << 20;
    private const double Busy = 0.1;
    private const double Quiet = 0.02;

    private bool _isOn;
    private int _quietTurns;

    public bool IsOverAfter(TimeSpan processorTime, long nowResidentBytes)
    {
        _isOn |= processorTime > turn * Busy || nowResidentBytes > residentBytes + Much;
        _quietTurns = processorTime < turn * Quiet ? _quietTurns + 1 : 0;
        if (!_isOn || _quietTurns < 2)
            return false;
        _isOn = false;
        return true;
    }
}
