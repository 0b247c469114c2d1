using System.Runtime.InteropServices;
using LegacyApp;

// A shop's order program as it has run for years: a log file, a Redis and a service on localhost, a worker, a page that
// says OK. It knows nothing of sidecars, and is told all by one ini file.
var settings = AppSettings.Read(args[0]);
using var stopping = new ManualResetEvent(initialState: false);
using var log = new OrderLog(settings.LogFile, settings.LogCopy);
using var journal = new CallJournal(settings.Journal);

using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
{
    // logrotate's postrotate asks for a new file, and nothing ends.
    signal.Cancel = true;
    log.Reopen();
});

using var pages = new Pages(settings.HealthPort, settings.Service, log);
using var redis = new RedisCalls(settings.Redis, journal, stopping);
using var service = new ServiceCalls(settings.Service, journal, stopping);
var orders = new Orders(log, settings.OrdersPerSecond, settings.PauseWhileExists, stopping);
var worker = new Worker(settings.Heartbeat, settings.HangWhileExists, stopping);

Thread[] threads =
[
    Named("orders", orders.Run), Named("worker", worker.Run),
    Named("redis-1", redis.Run), Named("redis-2", redis.Run), Named("service-1", service.Run), Named("service-2", service.Run),
];
foreach (var thread in threads)
    thread.Start();
// HttpListener never wakes who waits in it: this one ends with the process.
new Thread(pages.Run) { Name = "pages", IsBackground = true }.Start();

Console.WriteLine("started");
stopping.WaitOne();
foreach (var thread in threads)
    thread.Join();
Console.WriteLine("stopped");
return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stopping.Set();
}

static Thread Named(string name, ThreadStart run) => new(run) { Name = name };
