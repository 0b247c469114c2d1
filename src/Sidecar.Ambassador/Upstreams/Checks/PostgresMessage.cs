using System.Buffers.Binary;
using System.Text;

namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>One message of a PostgreSQL server.</summary>
internal readonly record struct PostgresMessage(char Type, byte[] Body)
{
    /// <summary>A number in front of the rest.</summary>
    public int Number => Body.Length < 4 ? -1 : BinaryPrimitives.ReadInt32BigEndian(Body);

    /// <summary>What follows that number.</summary>
    public string TextBehindNumber => Body.Length < 4 ? "" : Encoding.UTF8.GetString(Body, 4, Body.Length - 4);

    /// <summary>The text of an error: its fields are each a letter and a text that ends with a NUL.</summary>
    public string Error
    {
        get
        {
            var parts = Encoding.UTF8.GetString(Body).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            var words = parts.FirstOrDefault(part => part[0] == 'M')?[1..] ?? "an error without words";
            return parts.FirstOrDefault(part => part[0] == 'C') is { } code ? $"{words} ({code[1..]})" : words;
        }
    }

    /// <summary>The value of a row's only column.</summary>
    public string? Value
    {
        get
        {
            if (Body.Length < 6) return null;
            var length = BinaryPrimitives.ReadInt32BigEndian(Body.AsSpan(2));
            return length < 0 || length > Body.Length - 6 ? null : Encoding.UTF8.GetString(Body, 6, length);
        }
    }
}
