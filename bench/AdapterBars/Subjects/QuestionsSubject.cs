using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AdapterBars.Surroundings;
using Sidecar.Testing.Processes;

namespace AdapterBars.Subjects;

/// What asking costs, with a fresh connection each time: by the adapter's own probes, by its /probe, and by the peer's /probe.
internal sealed record QuestionsSubject(string Kind, string Target, string Module, double Bar)
{
    private const int Rounds = 2;
    private const int Asked = 10_000;
    private const int Askers = 4;

    public async IAsyncEnumerable<Figure> MeasureAsync(string name)
    {
        await using var nginx = await Nginx.StartAsync();
        await using var blackbox = await Blackbox.StartAsync();
        var target = string.Format(CultureInfo.InvariantCulture, Target, nginx.Port);
        await using var relay = await AdapterUnderTest.StartAsync([("ADAPTER_PROBE_FILE1", "file:/etc/hostname"), ("ADAPTER_PROBE_TARGETS", "127.0.0.1")]);
        var shown = Kind == "tcp" ? target["tcp://".Length..] : Uri.EscapeDataString(target);
        var request = Encoding.ASCII.GetBytes($"GET /probe?target={shown}&module={Module} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Ask(relay.AdminAddress.Port, request, Asked / 5);
        Ask(blackbox.Port, request, Asked / 5);

        // What no probe that opens a connection each time can do without.
        yield return new Figure(name, "CPU of 10,000 connections that a blocking socket opens and closes, 500 a second", Connections(nginx.Port), "s");
        for (var round = 1; round <= Rounds; round++)
        {
            yield return new Figure(name, $"CPU of 10,000 probes, round {round}", await ProbesAsync(target), "s", Bar);
            yield return new Figure(name, $"CPU of 10,000 by /probe, round {round}", Cpu(relay.Process, () => Ask(relay.AdminAddress.Port, request, Asked)), "s");
            yield return new Figure(name, $"CPU of 10,000 by blackbox_exporter, round {round}", Cpu(blackbox.Process, () => Ask(blackbox.Port, request, Asked)), "s");
        }
    }

    private static async Task<double> ProbesAsync(string target)
    {
        await using var adapter = await AdapterUnderTest.StartAsync([.. AdapterUnderTest.Many(50, target, ("INTERVAL", "100ms"))]);
        await AdapterUnderTest.UntilAsync(adapter, 2_000, TimeSpan.FromSeconds(30), "pass");
        return await AdapterUnderTest.CpuOfTenThousandAsync(adapter, TimeSpan.FromSeconds(20));
    }

    private static double Connections(int port)
    {
        const int Opened = 2_500;
        var before = Environment.CpuUsage.TotalTime;
        for (var connection = 0; connection < Opened; connection++)
        {
            using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
                socket.Connect(IPAddress.Loopback, port);
#pragma warning disable RS0030 // A thread of its own, at the pace of the probes: without a pause the caches stay warm.
            Thread.Sleep(2);
#pragma warning restore RS0030
        }
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds / Opened * 10_000;
    }

    private static double Cpu(ChildProcess process, Action ask)
    {
        var before = process.ReadUsage().Cpu;
        ask();
        return (process.ReadUsage().Cpu - before).TotalSeconds;
    }

    private static void Ask(int port, byte[] request, int times)
    {
        var askers = Enumerable.Range(0, Askers).Select(_ => new Thread(() =>
        {
            using var connection = new KeptConnection(port);
            for (var turn = 0; turn < times / Askers; turn++)
            {
                if (connection.Ask(request) != 200)
                    throw new InvalidOperationException($"/probe on port {port} answered no 200.");
            }
        })).ToArray();
        Array.ForEach(askers, asker => asker.Start());
        Array.ForEach(askers, asker => asker.Join());
    }
}
