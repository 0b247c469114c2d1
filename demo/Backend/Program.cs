// The stock service that the legacy app asks: stock-service <port, or address:port> <name>.
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(args[0].Contains(':') ? $"http://{args[0]}" : $"http://127.0.0.1:{args[0]}");
var app = builder.Build();
app.MapGet("/health", () => "OK");
app.MapGet("/stock/{item}", (string item) => $"{item}: in stock, says {args[1]}\n");
await app.RunAsync();
