using System.Text;
using System.Text.RegularExpressions;
using Sidecar.Testing.CloudWatch;

namespace LogsTorture;

/// What the service has, beside what was written.
internal sealed partial record Account(int Lost, int Duplicated, int BatchesRepeated, int Changed, int OutOfOrder)
{
    /// The first few lines that came after later ones.
    public IReadOnlyList<string> Misplaced { get; private init; } = [];

    private const int MostMisplaced = 10;

    /// Events in the order in which they were stored.
    public static Account Of(IReadOnlyList<byte[]> expected, IReadOnlyList<StoredEvent> stored)
    {
        var firstBatch = new int[expected.Count];
        var repeated = new HashSet<int>();
        var misplaced = new List<string>();
        int duplicated = 0, changed = 0, outOfOrder = 0, newest = -1;
        for (var i = 0; i < stored.Count; i++)
        {
            var batch = stored[i].Batch;
            var message = Joined(stored, ref i);
            var number = LogWriter.NumberOf(message);
            if (number < 0 || number >= expected.Count || !message.AsSpan().SequenceEqual(expected[number]))
            {
                changed++;
            }
            else if (firstBatch[number] != 0)
            {
                duplicated++;
                repeated.Add(firstBatch[number]);
            }
            else
            {
                firstBatch[number] = batch;
                if (number < newest)
                {
                    outOfOrder++;
                    if (misplaced.Count < MostMisplaced)
                        misplaced.Add($"line {number} of batch {batch} came after line {newest}, which was written {Encoding.ASCII.GetString(expected[newest], 0, 24)}");
                }

                newest = Math.Max(newest, number);
            }
        }

        return new Account(firstBatch.Count(batch => batch == 0), duplicated, repeated.Count, changed, outOfOrder) { Misplaced = misplaced };
    }

    /// Pieces of a line that was too long, put together again: the same mark ends one piece and begins the next.
    private static byte[] Joined(IReadOnlyList<StoredEvent> stored, ref int i)
    {
        if (!EndsInMark(stored[i].Message))
            return stored[i].Message;

        var whole = new StringBuilder(stored[i].Text);
        while (EndsInMark(stored[i].Message) && i + 1 < stored.Count)
            whole.Append(stored[++i].Text);
        return Encoding.UTF8.GetBytes(Marks().Replace(whole.ToString(), ""));
    }

    private static bool EndsInMark(byte[] message) => message.Length > LogWriter.LongestMessage / 2 && message[^1] == (byte)']';

    [GeneratedRegex(@"(\[sidecar-logs: cut at byte [0-9]+\])\1", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();
}
