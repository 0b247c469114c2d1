namespace Sidecar.Logs.Sending;

/// Why nothing is delivered, and what a person does about it.
internal sealed record Stall(string Reason, string Remedy)
{
    /// What there is to do about a kind of failure, by the name that the metrics have for it.
    public static string RemedyFor(string kind) => kind switch
    {
        "throttled" => "Nothing has to be restarted: batches grow and wait. If it lasts, write less, use more log groups, or ask for a higher quota of PutLogEvents.",
        "unavailable" => "Look at the way to the destination: its address, DNS, a proxy, the network policy or security group; for a file, its volume. Delivery goes on by itself.",
        "refused" => "Somebody has to change something: the credentials, the role's permissions (docs/security.md), or the name of the group. Delivery goes on by itself then.",
        "dead_letter" => "Make room in LOGS_DEAD_LETTER_DIR, or give the agent's user the right to write there.",
        "poison" => "Look at the events in LOGS_DEAD_LETTER_DIR: the service takes none of them, even alone.",
        _ => "Give the agent's user the right to read the files (fsGroup, or the app's group), and look whether their volume is well.",
    };
}
