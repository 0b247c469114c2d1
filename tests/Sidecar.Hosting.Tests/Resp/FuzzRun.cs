namespace Sidecar.Hosting.Tests.Resp;

/// How many inputs a parser is given, and from which seed: a hundred thousand in every run, a million in the long one.
internal static class FuzzRun
{
    public const int Seed = 20260914;

#pragma warning disable RS0030 // The switch of the test run is no setting of an agent.
    public static int Inputs { get; } = Environment.GetEnvironmentVariable("SIDECAR_TEST_LONG") == "1" ? 1_000_000 : 100_000;
#pragma warning restore RS0030

    /// Bytes that mostly look like RESP, so that the fuzz gets past the first line.
    public static int Fill(Random random, Span<byte> into, ReadOnlySpan<byte> types)
    {
        int length = 0;
        int target = random.Next(1, into.Length - 64);
        while (length < target)
        {
            switch (random.Next(8))
            {
                case 0:
                    into[length++] = (byte)random.Next(256);
                    break;
                case 1:
                    into[length++] = types[random.Next(types.Length)];
                    break;
                default:
                    length += FillElement(random, into[length..], types);
                    break;
            }
        }
        return length;
    }

    private static int FillElement(Random random, Span<byte> into, ReadOnlySpan<byte> types)
    {
        byte type = types[random.Next(types.Length)];
        long count = random.Next(20) switch { 0 => -1, 1 => random.NextInt64(), 2 => -random.Next(9), _ => random.Next(5) };
        into[0] = type;
        _ = count.TryFormat(into[1..], out int digits);
        "\r\n"u8.CopyTo(into[(digits + 1)..]);
        int length = digits + 3;
        if (type is (byte)'$' or (byte)'=' or (byte)'!' && count is >= 0 and < 8)
        {
            random.NextBytes(into.Slice(length, (int)count));
            length += (int)count;
            "\r\n"u8.CopyTo(into[length..]);
            length += 2;
        }
        return length;
    }
}
