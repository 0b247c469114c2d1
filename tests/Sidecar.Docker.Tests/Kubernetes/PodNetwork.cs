using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sidecar.Docker.Tests.Kubernetes;

/// Loopback of another network namespace. A socket belongs to the namespace of the thread that made it, whoever uses it then.
internal sealed partial class PodNetwork : IDisposable
{
    private const int NetworkNamespace = 0x40000000;

    private readonly SafeFileHandle _namespace;
    private readonly HttpClient _client;

    public PodNetwork(int processId)
    {
        _namespace = File.OpenHandle($"/proc/{processId}/ns/net");
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, _) => new NetworkStream(await ConnectAsync(context.DnsEndPoint.Port), ownsSocket: true),
            // As kubelet: a connection for each question.
            PooledConnectionLifetime = TimeSpan.Zero,
        });
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("kube-probe/1.34");
    }

    public async Task<Socket> ConnectAsync(int port)
    {
        var connected = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        // A thread of its own, which ends with its namespace.
        new Thread(() =>
        {
            var socket = default(Socket);
            try
            {
                if (Enter((int)_namespace.DangerousGetHandle(), NetworkNamespace) != 0)
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(IPAddress.Loopback, port);
                connected.SetResult(socket);
            }
            catch (Exception failure) when (failure is SocketException or Win32Exception)
            {
                socket?.Dispose();
                connected.SetException(failure);
            }
        }).Start();
        return await connected.Task;
    }

    /// The status and body of a GET; 0 and why when there was no answer within the time.
    public async Task<(int Status, string Body)> GetAsync(int port, string path, TimeSpan within, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(within);
        try
        {
            using var answer = await _client.GetAsync(new Uri($"http://10.0.1.17:{port}{path}"), patience.Token);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(patience.Token));
        }
        catch (Exception none) when (none is HttpRequestException || (none is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (0, none.Message);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _namespace.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int Enter(int file, int kind);
}
