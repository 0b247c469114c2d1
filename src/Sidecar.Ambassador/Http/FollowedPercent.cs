using System.Globalization;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Http;

/// <summary>A number from 0 to 100 in a file that is followed. What is no such number leaves the last one that was.</summary>
internal sealed class FollowedPercent(Secret file, int first)
{
    private volatile string _text = "";
    private volatile int _percent = first;

    public int Current
    {
        get
        {
            var text = file.Current;
            if (ReferenceEquals(text, _text)) return _percent;
            if (Parse(text) is { } percent) _percent = percent;
            _text = text;
            return _percent;
        }
    }

    public static int? Parse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent : null;
}
