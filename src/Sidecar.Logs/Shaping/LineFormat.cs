namespace Sidecar.Logs.Shaping;

/// What plain lines are written by, and so how they are read.
internal enum LineFormat
{
    Log4j,
    Logback,
    Logfmt,
    Syslog,
    Nginx,
    Python,
    Dotnet,
}
