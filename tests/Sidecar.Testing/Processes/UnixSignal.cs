namespace Sidecar.Testing.Processes;

/// Signal numbers as Linux has them.
public enum UnixSignal
{
    HangUp = 1,
    Interrupt = 2,
    Kill = 9,
    User1 = 10,
    User2 = 12,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
