namespace Sidecar.Hosting.Lifecycle;

/// Tells when a burst of work is over, by the processor time of one turn after the other: some took a tenth of a processor, and then
/// two in a row hardly anything. A steady small load is no burst, and a pause in a great one is no end.
internal sealed class Burst(TimeSpan turn)
{
    private const double Busy = 0.1;
    private const double Quiet = 0.02;

    private bool _isOn;
    private int _quietTurns;

    public bool IsOverAfter(TimeSpan processorTime)
    {
        _isOn |= processorTime > turn * Busy;
        _quietTurns = processorTime < turn * Quiet ? _quietTurns + 1 : 0;
        if (!_isOn || _quietTurns < 2)
            return false;
        _isOn = false;
        return true;
    }
}
