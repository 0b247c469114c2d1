using Sidecar.Testing.Processes;

namespace Sidecar.Ambassador.Tests.Http;

/// A gRPC service and its client as gRPC's own library makes them, in Python, where that is installed.
internal static class GrpcPeer
{
    private const string Python = "/usr/bin/python3";

    private const string Service =
        """
        import sys, time, grpc
        from concurrent import futures

        def unary(request, context):
            context.set_trailing_metadata((('x-trailer', 'behind the answer'),))
            return request[::-1]

        def fail(request, context):
            context.abort(grpc.StatusCode.NOT_FOUND, 'no such stock: ü')

        def slow(request, context):
            time.sleep(0.2)
            return request

        def many(request, context):
            for i in range(5): yield request + str(i).encode()

        def total(requests, context):
            return str(sum(len(request) for request in requests)).encode()

        def echo(requests, context):
            context.add_callback(lambda: print('over', flush=True))
            for request in requests: yield request

        one, some = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=200))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler('test.Echo', {
            'Unary': one(unary), 'Fail': one(fail), 'Slow': one(slow), 'Many': some(many),
            'Total': grpc.stream_unary_rpc_method_handler(total), 'Echo': grpc.stream_stream_rpc_method_handler(echo)}),))
        if len(sys.argv) > 1:
            key, chain = (open(path, 'rb').read() for path in sys.argv[1:3])
            port = server.add_secure_port('127.0.0.1:0', grpc.ssl_server_credentials([(key, chain)]))
        else:
            port = server.add_insecure_port('127.0.0.1:0')
        server.start()
        print('port', port, flush=True)
        server.wait_for_termination()
        """;

    private const string Client =
        """
        import sys, queue, grpc
        channel = grpc.insecure_channel('127.0.0.1:' + sys.argv[1])
        answer, call = channel.unary_unary('/test.Echo/Unary').with_call(b'abc', timeout=10, metadata=(('x-asked', '1'),))
        print('unary', answer, call.code(), dict(call.trailing_metadata())['x-trailer'])
        try:
            channel.unary_unary('/test.Echo/Fail')(b'', timeout=10)
        except grpc.RpcError as error:
            print('fail', error.code(), error.details())
        try:
            channel.unary_unary('/test.Echo/Nothing')(b'', timeout=10)
        except grpc.RpcError as error:
            print('nothing', error.code())
        print('many', list(channel.unary_stream('/test.Echo/Many')(b'm', timeout=10)))
        print('total', channel.stream_unary('/test.Echo/Total')((b'x' * 100000 for _ in range(50)), timeout=20))
        print('large', len(channel.unary_unary('/test.Echo/Unary')(b'x' * 3000000, timeout=20)))
        said = queue.Queue()
        heard = channel.stream_stream('/test.Echo/Echo')(iter(said.get, None), timeout=20)
        for i in range(3):
            said.put(b'turn %d' % i)
            print('echo', next(heard))
        heard.cancel()
        calls = [channel.unary_unary('/test.Echo/Slow').future(b's', timeout=20) for _ in range(150)]
        print('slow', sum(call.result() == b's' for call in calls))
        try:
            channel.unary_unary('/test.Echo/Slow')(b's', timeout=0.05)
        except grpc.RpcError as error:
            print('late', error.code())
        """;

    public static void SkipWithoutLibrary() => Assert.SkipUnless(
        File.Exists(Python) && Directory.EnumerateDirectories("/usr/lib/python3/dist-packages", "grpc*").Any(), "python3-grpcio is not installed");

    public static async Task<(ChildProcess Process, int Port)> ServeAsync(params string[] keyAndCertificate)
    {
        var process = ChildProcess.Start(Python, ["-c", Service, .. keyAndCertificate]);
        var line = await process.WaitForLineAsync(line => line.StartsWith("port ", StringComparison.Ordinal));
        return (process, int.Parse(line.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// What a client says that makes calls of all kinds.
    public static async Task<string> CallAsync(int port)
    {
        await using var client = ChildProcess.Start(Python, ["-c", Client, port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await client.WaitForExitAsync(TimeSpan.FromSeconds(40));
        return client.Transcript;
    }
}
