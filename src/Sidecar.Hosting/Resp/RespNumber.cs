namespace Sidecar.Hosting.Resp;

/// A decimal number that arrives byte by byte, as strict as Redis is: no plus sign, no leading zero, no blank, within 64 bits.
internal struct RespNumber
{
    private ulong _magnitude;
    private int _length;
    private bool _isNegative;
    private bool _isBad;

    /// How many bytes stood where the number is.
    public readonly int Length => _length;

    public void Take(byte next)
    {
        uint digit = (uint)(next - '0');
        if (digit <= 9)
        {
            // A zero stands alone, and never behind a minus.
            bool startsWithZero = _magnitude == 0 && (_length > (_isNegative ? 1 : 0) || (_isNegative && digit == 0));
            bool overflows = _magnitude > (ulong.MaxValue - digit) / 10;
            _isBad |= startsWithZero || overflows;
            _magnitude = (_magnitude * 10) + digit;
        }
        else if (next == '-' && _length == 0)
        {
            _isNegative = true;
        }
        else
        {
            _isBad = true;
        }
        _length++;
    }

    public readonly bool TryGet(out long value)
    {
        ulong limit = _isNegative ? (ulong)long.MaxValue + 1 : long.MaxValue;
        if (_isBad || _length == (_isNegative ? 1 : 0) || _magnitude > limit)
        {
            value = 0;
            return false;
        }
        value = _isNegative ? (long)(0 - _magnitude) : (long)_magnitude;
        return true;
    }
}
