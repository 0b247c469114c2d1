using System.Text.Json.Nodes;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TempVolume _volume = new();

    private string Folder => _volume.PathOf("state");

    private string StatePath => Path.Combine(Folder, CheckpointStore.StateName);

    private string RecentPath => Path.Combine(Folder, CheckpointStore.RecentName);

    public void Dispose() => _volume.Dispose();

    [Fact]
    public void What_was_saved_is_loaded()
    {
        var saved = Checkpoint("/var/log/ä \"quoted\".log", 12345);
        var extreme = saved with { Identity = new FileIdentity(ulong.MaxValue, ulong.MaxValue), Bookmark = Bookmark.Start };
        using (var store = CheckpointStore.Open(Folder))
            store.Save([saved, extreme]);

        using var again = CheckpointStore.Open(Folder);
        var loaded = again.Load(out var fault);

        Assert.Empty(fault);
        Assert.Equal([saved, extreme], loaded!);
    }

    [Fact]
    public void Without_a_state_there_is_nothing_to_remember_and_nothing_wrong()
    {
        using var store = CheckpointStore.Open(Folder);

        Assert.Null(store.Load(out var fault));
        Assert.Empty(fault);
    }

    [Fact]
    public void A_state_that_was_cut_anywhere_is_put_aside_as_a_whole()
    {
        using var store = CheckpointStore.Open(Folder);
        store.Save([Checkpoint("/a.log", 1), Checkpoint("/b.log", 2)]);
        var whole = File.ReadAllBytes(StatePath);

        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(StatePath, whole[..length]);

            Assert.Null(store.Load(out var fault));
            Assert.NotEmpty(fault);
            Assert.False(File.Exists(StatePath));
            Assert.Equal(whole[..length], File.ReadAllBytes(Path.Combine(Folder, "checkpoints.unreadable")));
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"version\":2,\"files\":[]}")]
    [InlineData("{\"version\":1,\"files\":[{}]}")]
    [InlineData("{\"version\":1,\"files\":[{\"device\":-1}]}")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    public void A_state_that_is_not_understood_is_not_half_used(string state)
    {
        using var store = CheckpointStore.Open(Folder);
        File.WriteAllText(StatePath, state);

        Assert.Null(store.Load(out var fault));
        Assert.NotEmpty(fault);
    }

    /// As the first release wrote it, to the byte.
    private const string OfTheFirstRelease =
        """{"version":1,"files":[{"device":1090921693185,"inode":42,"path":"/var/log/app.log","source":"default","group":"/app","stream":"host/app.log","offset":4,"head":{"length":4,"hash":"0715adb46adb6c5f"},"before":{"length":4,"hash":"0715adb46adb6c5f"},"size":14,"seenAtMs":1767323045000}]}""";

    [Fact]
    public void A_state_of_an_older_release_is_read()
    {
        using var store = CheckpointStore.Open(Folder);
        File.WriteAllText(StatePath, OfTheFirstRelease);

        var loaded = store.Load(out var fault)!.Single();

        Assert.Empty(fault);
        Assert.Equal((4L, 4, 14L, 0L), (loaded.Bookmark.Offset, loaded.Bookmark.Head.Length, loaded.Size, loaded.BornMs));
    }

    [Fact]
    public void A_state_of_a_newer_release_is_read_as_far_as_it_is_known()
    {
        using var store = CheckpointStore.Open(Folder);
        var newer = OfTheFirstRelease
            .Replace("{\"version\":1,", "{\"version\":1,\"writtenBy\":{\"name\":\"9.0\"},")
            .Replace("\"inode\":42", "\"inode\":42,\"volume\":[\"x\",1,null]")
            .Replace("{\"length\":4,", "{\"kind\":\"xx\",\"length\":4,");
        File.WriteAllText(StatePath, newer);

        Assert.Equal(4, store.Load(out var fault)!.Single().Bookmark.Offset);
        Assert.Empty(fault);
    }

    [Fact]
    public void What_is_written_now_holds_all_that_the_first_release_needs_as_it_understands_it()
    {
        using var store = CheckpointStore.Open(Folder);
        var unread = Checkpoint("/var/log/app.log", 0) with { Bookmark = Bookmark.Start.WithHead(Fingerprint.Of("seen"u8)), BornMs = 7 };
        store.Save([unread]);

        var written = JsonNode.Parse(File.ReadAllText(StatePath))!;
        var first = JsonNode.Parse(OfTheFirstRelease)!;

        Assert.Equal(1, written["version"]!.GetValue<int>());
        foreach (var (name, value) in first["files"]![0]!.AsObject())
            Assert.Equal(value!.GetValueKind(), written["files"]![0]![name]!.GetValueKind());
        Assert.Equal(0, written["files"]![0]!["head"]!["length"]!.GetValue<int>());
        Assert.Equal(unread, store.Load(out _)!.Single());
    }

    [Fact]
    public void A_crash_before_the_rename_leaves_the_state_that_was()
    {
        using var store = CheckpointStore.Open(Folder);
        store.Save([Checkpoint("/a.log", 1)]);
        File.WriteAllText(Path.Combine(Folder, "checkpoints.next"), "{\"version\":1,\"fil");

        Assert.Equal(1, store.Load(out _)!.Single().Bookmark.Offset);
        store.Save([Checkpoint("/a.log", 2)]);
        Assert.Equal(2, store.Load(out _)!.Single().Bookmark.Offset);
    }

    [Fact]
    public void What_was_saved_without_a_flush_is_loaded_and_what_was_flushed_is_left_beside_it()
    {
        using (var store = CheckpointStore.Open(Folder))
        {
            store.Save([Checkpoint("/a.log", 1)]);
            store.Save([Checkpoint("/a.log", 2)], isFlushed: false);
            store.Save([Checkpoint("/a.log", 3)], isFlushed: false);
        }

        var flushed = File.ReadAllBytes(StatePath);
        using var again = CheckpointStore.Open(Folder);
        Assert.Equal(3, again.Load(out _)!.Single().Bookmark.Offset);

        File.WriteAllText(RecentPath, "{\"version\":1,\"fil");
        Assert.Equal(1, again.Load(out var fault)!.Single().Bookmark.Offset);
        Assert.Empty(fault);
        Assert.Equal(flushed, File.ReadAllBytes(StatePath));
    }

    [Fact]
    public void What_was_saved_without_a_flush_counts_only_beside_the_flush_that_it_followed()
    {
        using var store = CheckpointStore.Open(Folder);
        store.Save([Checkpoint("/a.log", 1)]);
        store.Save([Checkpoint("/a.log", 2)], isFlushed: false);
        store.Save([Checkpoint("/a.log", 3)]);
        Assert.True(File.Exists(RecentPath));
        Assert.Equal(3, store.Load(out _)!.Single().Bookmark.Offset);
        Assert.False(File.Exists(RecentPath));

        store.Save([Checkpoint("/a.log", 4)], isFlushed: false);
        File.WriteAllText(StatePath, OfTheFirstRelease);
        Assert.Equal("/var/log/app.log", store.Load(out _)!.Single().Path);
        Assert.False(File.Exists(RecentPath));
    }

    [Fact]
    public void The_first_save_of_all_is_flushed()
    {
        using var store = CheckpointStore.Open(Folder);

        store.Save([Checkpoint("/a.log", 1)], isFlushed: false);

        Assert.True(File.Exists(StatePath));
    }

    [Fact]
    public void Two_agents_do_not_share_a_folder()
    {
        using var first = CheckpointStore.Open(Folder);

        var fault = Assert.Throws<IOException>(() => CheckpointStore.Open(Folder));

        Assert.Contains("each needs its own LOGS_STATE_DIR", fault.Message);
    }

    [Fact]
    public void The_folder_is_free_again_when_its_agent_is_gone()
    {
        CheckpointStore.Open(Folder).Dispose();

        using var second = CheckpointStore.Open(Folder);
    }

    private static Checkpoint Checkpoint(string path, int offset) => new(
        new FileIdentity(0xfe00000001, 42),
        path,
        "default",
        new StreamTarget("/app", "host/app.log"),
        Bookmark.Start.Advance(new byte[offset]),
        offset + 10,
        1_767_323_045_000);
}
