using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace LogsTorture;

/// An application that logs at a steady rate, and the rotation of its log. Both are one loop, so that nothing is written between a
/// copy and its truncation: what logrotate itself loses there is not the agent's.
internal sealed class LogWriter(string path, Scenario scenario, int linesPerSecond, int seed)
{
    public const int LongestMessage = 1_048_550;
    private const int LongEvery = 1_000;
    private const int OverlongEvery = 20_000;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);
    private readonly Random _random = new(seed);
    private readonly List<byte[]> _expected = [];
    private FileStream _file = Open(path);
    private int _rotations;

    /// Each line as it is to be stored; its number leads it, so that it is known again.
    public IReadOnlyList<byte[]> Expected => _expected;

    public int Rotations => _rotations;

    public static string Head(DateTimeOffset now, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {number:000000000} ");

    /// Which line this is; -1 when it begins as none does.
    public static int NumberOf(ReadOnlySpan<byte> message)
    {
        const int TimeLength = 24;
        return message.Length > TimeLength + 10 && message[TimeLength] == ' '
            && System.Buffers.Text.Utf8Parser.TryParse(message.Slice(TimeLength + 1, 9), out int number, out var used) && used == 9
            ? number
            : -1;
    }

    public async Task RunAsync(TimeSpan duration, CancellationToken cancellation)
    {
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        var written = 0L;
        var rotateAt = NextRotation(TimeSpan.Zero);
        for (var elapsed = TimeSpan.Zero; elapsed < duration; elapsed = clock.GetElapsedTime(started))
        {
            var due = (long)(elapsed.TotalSeconds * linesPerSecond);
            Write((int)(due - written));
            written = due;
            if (elapsed >= rotateAt)
            {
                await RotateAsync(cancellation);
                rotateAt = NextRotation(elapsed);
            }

            await Task.Delay(Beat, clock, cancellation);
        }
    }

    public void Write(int count)
    {
        if (count <= 0)
            return;
        using var lines = new MemoryStream();
        for (var i = 0; i < count; i++)
            AddLine(lines);
        _file.Write(lines.GetBuffer(), 0, (int)lines.Length);
    }

    public void Close() => _file.Dispose();

    private static FileStream Open(string path) =>
        new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private TimeSpan NextRotation(TimeSpan now)
    {
        if ((scenario.Rename ?? scenario.CopyTruncate) is not { } every)
            return TimeSpan.MaxValue;
        return now + every.Least + ((every.Most - every.Least) * _random.NextDouble());
    }

    private async Task RotateAsync(CancellationToken cancellation)
    {
        var rotated = string.Create(CultureInfo.InvariantCulture, $"{path}.{++_rotations}");
        if (scenario.CopyTruncate is not null)
        {
            File.Copy(path, rotated);
            _file.SetLength(0);
            return;
        }

        File.Move(path, rotated);
        _file.Dispose();
        _file = Open(path);
        if (scenario.Compresses)
            await CompressAsync(rotated, cancellation);
    }

    /// As logrotate does without delaycompress.
    private static async Task CompressAsync(string rotated, CancellationToken cancellation)
    {
        await using (var from = File.OpenRead(rotated))
        await using (var to = new GZipStream(File.Create(rotated + ".gz"), CompressionLevel.Fastest))
            await from.CopyToAsync(to, cancellation);
        File.SetLastWriteTimeUtc(rotated + ".gz", File.GetLastWriteTimeUtc(rotated));
        File.Delete(rotated);
    }

    private void AddLine(MemoryStream lines)
    {
        var number = _expected.Count;
        var head = Encoding.ASCII.GetBytes(Head(TimeProvider.System.GetUtcNow(), number));
        var (content, end) = ContentOf(number);
        byte[] line = [.. head, .. content];
        _expected.Add(scenario.HasLongAndOddLines ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(line)) : line);
        lines.Write(line);
        lines.Write(end);
    }

    private (byte[] Content, byte[] End) ContentOf(int number)
    {
        if (!scenario.HasLongAndOddLines)
            return (Filler(_random.Next(40, 240)), "\n"u8.ToArray());
        if (number % OverlongEvery == OverlongEvery - 1)
            return (Filler(_random.Next(LongestMessage, 2_500_000)), "\n"u8.ToArray());
        if (number % LongEvery == LongEvery - 1)
            return (Filler(_random.Next(10_000, LongestMessage - 40)), "\n"u8.ToArray());
        return (number % 10) switch
        {
            0 => ([.. "latin caf"u8, 0xE9, .. " end"u8], "\n"u8.ToArray()),
            1 => ([.. "cut "u8, 0xF0, 0x9F, 0x98, .. " lone "u8, 0x80, 0xFF, .. " end"u8], "\n"u8.ToArray()),
            2 => ("nul\0inside \u001b[31mred\u001b[0m"u8.ToArray(), "\n"u8.ToArray()),
            3 => ("tab\tquote\"backslash\\ café 世界 😀"u8.ToArray(), "\n"u8.ToArray()),
            4 => ("carriage\rreturn inside"u8.ToArray(), "\r\n"u8.ToArray()),
            5 => ("{\"level\":\"info\",\"x\":[1,2]}"u8.ToArray(), "\n\n\n"u8.ToArray()),
            _ => (Filler(_random.Next(40, 240)), "\n"u8.ToArray()),
        };
    }

    private byte[] Filler(int length)
    {
        var filler = new byte[length];
        filler.AsSpan().Fill((byte)('a' + _random.Next(26)));
        return filler;
    }
}
