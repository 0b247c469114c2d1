using Sidecar.Logs.Shaping;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Pipeline;

public sealed class ShapedEventsTests : IAsyncDisposable
{
    private readonly PipelineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Events_that_are_left_out_count_as_acknowledged_in_order_and_are_not_read_again()
    {
        Shape(new ShapingOptions { Keep = Pattern("keep"), Drop = Pattern("not") });
        File.WriteAllText(_rig.PathOf("a.log"), string.Concat(Enumerable.Range(0, 30_000).Select(i => $"{(i % 1000 == 0 ? "keep" : "do not keep")} {i}\n")));

        _rig.Start();
        await _rig.ShippedAsync([.. Enumerable.Range(0, 30).Select(i => $"keep {i * 1000}")]);
        await DoneAsync();
        _rig.Running.Save();
        await _rig.KillAsync();
        _rig.Start();
        File.AppendAllText(_rig.PathOf("a.log"), "do not keep\nkeep 30000\n");

        await _rig.ShippedAsync([.. Enumerable.Range(0, 31).Select(i => $"keep {i * 1000}")]);
        await Eventually.EqualAsync(29_971, () => _rig.Counted("sidecar.logs.events.dropped"), cancellation: TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_file_of_which_nothing_is_sent_is_acknowledged_to_its_end()
    {
        Shape(new ShapingOptions { Drop = Pattern("x") });
        File.WriteAllText(_rig.PathOf("a.log"), string.Concat(Enumerable.Repeat(new string('x', 199) + "\n", 20_000)));

        _rig.Start();
        await DoneAsync();

        Assert.Empty(_rig.Destination.Messages);
    }

    [Fact]
    public async Task What_is_redacted_never_reaches_the_destination_and_the_file_is_acknowledged_by_its_own_bytes()
    {
        Shape(new ShapingOptions { Secrets = [SecretKind.Email], SecretPatterns = [UserPattern.ReadLinear("pin=(\\d+)").Value!] });
        var lines = Enumerable.Range(0, 5000).Select(i => $"{i} from joe{i}@example.com pin={i}").ToArray();
        File.WriteAllText(_rig.PathOf("a.log"), string.Join('\n', lines) + "\n");

        _rig.Start();
        await _rig.ShippedAsync([.. lines.Select((_, i) => $"{i} from *** pin={new string('*', Math.Min(3, $"{i}".Length))}")]);
        await DoneAsync();

        Assert.Equal(5000 * 2, _rig.Counted("sidecar.logs.secrets.redacted"));
    }

    [Fact]
    public async Task A_secret_where_a_long_line_is_cut_is_not_parted()
    {
        Shape(new ShapingOptions { Secrets = [SecretKind.Email] });
        var filler = new string('x', 1_048_495);
        File.WriteAllText(_rig.PathOf("a.log"), $"{filler} joseph.doe@example.com {filler}\n");

        _rig.Start();
        await Eventually.TrueAsync(() => _rig.Destination.Messages.Count == 3, cancellation: TestContext.Current.CancellationToken);

        Assert.DoesNotContain("joseph", string.Concat(_rig.Destination.Messages));
        Assert.DoesNotContain("example", string.Concat(_rig.Destination.Messages));
    }

    [Fact]
    public async Task Lines_become_objects_without_their_secrets_and_those_that_do_not_parse_stay_and_are_counted()
    {
        Shape(new ShapingOptions { Parse = LineParsing.Read("logback").Value, Secrets = [SecretKind.Email], Service = "orders" });
        File.WriteAllText(
            _rig.PathOf("a.log"), "2026-01-02 03:04:05.678 [main] ERROR a.B -- no such user joe@example.com requestId=r-12345\nbanner\n");

        _rig.Start();
        await _rig.ShippedAsync(
            "{\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"level\":\"ERROR\",\"service\":\"orders\",\"request_id\":\"r-12345\",\"thread\":\"main\",\"logger\":\"a.B\",\"message\":\"no such user *** requestId=r-12345\"}",
            "banner");

        await Eventually.EqualAsync(1, () => _rig.Counted("sidecar.logs.events.unparsed"), cancellation: TestContext.Current.CancellationToken);
    }

    private static UserPattern Pattern(string text) => UserPattern.Read(text).Value!;

    private void Shape(ShapingOptions options) =>
        _rig.Options = _rig.Options with { Shaping = new Dictionary<string, ShapingOptions>(StringComparer.Ordinal) { ["default"] = options } };

    private Task<long> DoneAsync() =>
        Eventually.EqualAsync(
            new FileInfo(_rig.PathOf("a.log")).Length,
            () => _rig.Running.Status().Sum(file => file!["offset"]!.GetValue<long>()),
            cancellation: TestContext.Current.CancellationToken);
}
