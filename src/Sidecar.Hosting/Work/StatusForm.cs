namespace Sidecar.Hosting.Work;

/// <summary>How the status page shows a value.</summary>
public enum StatusForm
{
    Text,

    /// <summary>A name, a path or an address.</summary>
    Code,

    /// <summary>A word such as up or down.</summary>
    State,

    /// <summary>What is wrong; nothing when all is well.</summary>
    Trouble,

    Bytes,

    /// <summary>Seconds.</summary>
    Duration,

    /// <summary>A time, shown as how long ago that was.</summary>
    Ago,

    /// <summary>One letter an answer: . pass, w warning, x miss, t time-out, ? unknown.</summary>
    Answers,
}
