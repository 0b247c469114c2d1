namespace Sidecar.Hosting.Settings;

/// <summary>
/// A value that is never printed. Given as a file it follows the file's content, also when a Secret volume swaps the
/// symlink; when the file can't be read for a while, the last content stands.
/// </summary>
public sealed class Secret
{
    /// <summary>How often the file is looked at; also how late a rotation may be noticed.</summary>
    public static readonly TimeSpan FollowInterval = TimeSpan.FromSeconds(1);

    private readonly string? _path;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private string _current;
    private long _readAt;

    public Secret(string value)
    {
        _current = value;
        _time = TimeProvider.System;
    }

    private Secret(string path, string content, TimeProvider time)
    {
        _path = path;
        _current = content;
        _time = time;
        _readAt = time.GetTimestamp();
    }

    /// <summary>The value now, trimmed if it comes from a file.</summary>
    public string Current
    {
        get
        {
            if (_path is null)
            {
                return _current;
            }

            lock (_lock)
            {
                if (_time.GetElapsedTime(_readAt) >= FollowInterval)
                {
                    _readAt = _time.GetTimestamp();
                    var parsed = ReadFile(_path);
                    _current = parsed.IsRight ? parsed.Value : _current;
                }

                return _current;
            }
        }
    }

    /// <summary>A secret that follows the file; wrong when the file can't be read or is empty.</summary>
    public static Parsed<Secret> FromFile(string path, TimeProvider time)
    {
        var parsed = ReadFile(path);
        return parsed.IsRight ? Parsed.Right(new Secret(path, parsed.Value, time)) : Parsed.Wrong<Secret>(parsed.Expected!);
    }

    /// <summary>Masks a value for showing: nothing of it remains.</summary>
    public static string Mask => "***";

    public override string ToString() => Mask;

    internal static Parsed<string> ReadFile(string path)
    {
        try
        {
            var text = File.ReadAllText(path).Trim();
            return text.Length > 0 ? Parsed.Right(text) : Parsed.Wrong<string>("a file with content is expected (it is empty)");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Parsed.Wrong<string>($"a readable file is expected ({FileTrouble.Reason(e)})");
        }
    }
}
