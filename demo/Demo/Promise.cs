namespace Demo;

/// What was promised, what was counted, and whether it held.
internal sealed record Promise(string Promised, string Counted, bool Held);
