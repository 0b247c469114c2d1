using System.Globalization;

namespace LegacyApp;

/// Asks the stock service on localhost; any answer but a 2xx is a failure, and nothing is tried twice.
internal sealed class ServiceCalls(Uri service, CallJournal journal, WaitHandle stopping) : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = service, Timeout = TimeSpan.FromSeconds(5) };
    private int _number;

    public void Run()
    {
        while (!stopping.WaitOne(20))
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/stock/{Interlocked.Increment(ref _number)}");
            journal.Record("http get", () => Get(path));
        }
    }

    public void Dispose() => _client.Dispose();

    private void Get(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        using var response = _client.Send(request);
        response.EnsureSuccessStatusCode();
        using var body = response.Content.ReadAsStream();
        if (body.ReadByte() < 0)
            throw new HttpRequestException("an empty answer");
    }
}
