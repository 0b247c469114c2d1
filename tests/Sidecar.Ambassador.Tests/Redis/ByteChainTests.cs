using Sidecar.Ambassador.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

public sealed class ByteChainTests
{
    private readonly BufferPool _pool = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Bytes_come_out_as_they_went_in_however_they_are_cut(int seed)
    {
        var random = new Random(seed);
        var chain = new ByteChain(_pool);
        var (written, read) = (new List<byte>(), new List<byte>());
        for (var i = 0; i < 2000; i++)
        {
            if (random.Next(2) == 0)
            {
                var bytes = new byte[random.Next(random.Next(4) == 0 ? 200_000 : 2000)];
                random.NextBytes(bytes);
                chain.Append(bytes);
                written.AddRange(bytes);
            }
            else if (chain.Length > 0)
            {
                var taken = random.Next(chain.First.Length) + 1;
                read.AddRange(chain.First[..taken]);
                chain.Take(taken);
            }

            Assert.Equal(written.Count - read.Count, chain.Length);
        }

        while (chain.Length > 0)
        {
            read.AddRange(chain.First);
            chain.Take(chain.First.Length);
        }

        Assert.Equal(written, read);
        Assert.Equal(0, _pool.Rented);
    }

    [Fact]
    public void What_is_held_takes_hardly_more_memory_than_it_is_long_and_none_once_it_is_cleared()
    {
        var chain = new ByteChain(_pool);

        for (var i = 0; i < 64; i++)
            chain.Append(new byte[1 << 20]);

        Assert.InRange(_pool.MostRented, 64 << 20, (64 << 20) + (1 << 20));
        chain.Clear();
        Assert.Equal((0L, 0), (_pool.Rented, chain.Length));
    }
}
