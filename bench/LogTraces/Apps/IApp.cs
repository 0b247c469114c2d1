namespace LogTraces.Apps;

/// An application in one language, and what it writes. No event ends with a newline.
internal interface IApp
{
    string Language { get; }

    /// One event of its log, which a time or a level leads: a line, a message of several lines, or an error with its trace.
    string Logged(Telling telling);

    /// What it prints when nobody catches its exception; nothing leads it.
    string Uncaught(Telling telling);
}
