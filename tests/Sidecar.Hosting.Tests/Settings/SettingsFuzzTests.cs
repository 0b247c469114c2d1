using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Tests.Settings;

/// Seeded: a failing input is found again by its number. The long run reads a million environments.
public sealed class SettingsFuzzTests
{
    private static readonly string[] Pieces =
        ["ADAPTER", "SIDECAR", "PROBE", "ROUTE", "WEB", "PORT", "SERVICE", "HOST", "FILE", "LIVE", "INTERVAL", "MAX", "AGE", "PASSWORD", "80", "TCP", "adapter", "é", "", "STRICT", "LOG", "LEVEL", "ADMIN", "LISTEN"];

    private static readonly string[] Values =
        ["", "0", "5", "5s", "-1s", "true", "tcp://10.0.0.1:80", "10.0.0.1", "http://localhost:8080/x", "/no/such", "*:70000", "[::1]:1", "process:", "file:/x", "a;b\nc", "\0", "\ud800", "999999999999999999999999ms", "user:p@ss@host"];

    [Fact]
    public void No_environment_makes_the_reader_throw_or_leak_more_than_a_line_a_fault()
    {
        var isLong = Environment.ExpandEnvironmentVariables("%SIDECAR_TEST_LONG%") == "1";
        var count = isLong ? 1_000_000 : 20_000;
        var schema = SampleSettings.Schema();

        for (var seed = 0; seed < count; seed++)
        {
            var random = new Random(seed);
            var environment = Enumerable.Range(0, random.Next(1, 8)).Select(_ => KeyValuePair.Create(Name(random), Value(random))).ToArray();

            var settings = SettingsReader.Read(schema, environment, isCheck: (seed & 1) == 0, TimeProvider.System);

            Assert.All(settings.Faults, fault => Assert.DoesNotContain('\n', fault.ToString()));
            Assert.True(settings.Faults.Count <= environment.Length * 2, $"seed {seed}: {settings.Faults.Count} faults for {environment.Length} variables");
        }
    }

    private static string Name(Random random) =>
        string.Join('_', Enumerable.Range(0, random.Next(1, 6)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private static string Value(Random random)
    {
        if (random.Next(3) > 0)
        {
            return Values[random.Next(Values.Length)];
        }

        var text = new char[random.Next(0, 40)];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (char)random.Next(0, 0x250);
        }

        return new string(text);
    }
}
