namespace LogTraces.Apps;

/// The log package, klog, and what the runtime prints.
internal sealed class GoApp : IApp
{
    public string Language => "go";

    public string Logged(Telling telling) => telling.Next(10) switch
    {
        < 5 => $"{telling.Time("yyyy/MM/dd HH:mm:ss")} main.go:{telling.Number}: {telling.Sentence}",
        < 7 => $"{telling.Any("I", "W", "E")}{telling.Time("MMdd HH:mm:ss.ffffff")}       1 {telling.Name.ToLowerInvariant()}.go:{telling.Number}] {telling.Sentence}",
        7 => $"time=\"{telling.Time("yyyy-MM-ddTHH:mm:ssZ")}\" level={telling.Any("info", "error")} msg=\"{telling.Sentence}\"",
        _ => $"{telling.Time("yyyy/MM/dd HH:mm:ss")} http: panic serving 10.0.0.{telling.Next(255)}:{telling.Number}: {telling.Sentence}\n{Goroutines(telling)}",
    };

    public string Uncaught(Telling telling)
    {
        var head = telling.Any(
            $"panic: {telling.Sentence}",
            $"panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x{telling.Hex}]",
            $"panic: {telling.Sentence} [recovered]\n\tpanic: {telling.Sentence}",
            "fatal error: all goroutines are asleep - deadlock!");
        return $"{head}\n\n{Goroutines(telling)}\nexit status 2";
    }

    private static string Goroutines(Telling telling) =>
        string.Join("\n\n", Enumerable.Range(0, 1 + telling.Next(3)).Select(_ =>
            $"goroutine {telling.Number} [{telling.Any("running", "chan receive, 5 minutes", "select", "IO wait")}]:\n{telling.Lines(8, () => Call(telling))}"
            + (telling.OneIn(2) ? $"\ncreated by net/http.(*Server).Serve in goroutine {telling.Number}\n\t/usr/local/go/src/net/http/server.go:3285 +0x4b4" : "")));

    private static string Call(Telling telling) => telling.Any(
        $"main.(*{telling.Type}).handle(0xc{telling.Hex}, {{0x1, 0x2}})\n\t/app/{telling.Name.ToLowerInvariant()}.go:{telling.Number} +0x1d",
        "panic({0x4a5b60?, 0x50c9d0?})\n\t/usr/local/go/src/runtime/panic.go:770 +0x132",
        $"net/http.HandlerFunc.ServeHTTP(...)\n\t/usr/local/go/src/net/http/server.go:{telling.Number}",
        "main.main.func1()\n\t/app/main.go:9 +0x25");
}
