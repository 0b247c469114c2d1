namespace Sidecar.Logs.Shaping;

/// How many events of a batch were not sent as they stood in the file, and why. What is counted is told once the batch is stored.
internal struct ShapingCounts
{
    /// Their own time was too far ahead of the time of reading, which they were given.
    public int Ahead;

    /// Their time went back by more than order allows, in a file that does so all the time; they were given that of the one before.
    public int Misplaced;

    /// They were moved by up to a minute to the time of the one before.
    public int Clamped;

    /// They were left out as the user wishes.
    public int Dropped;

    /// They were kept because the pattern that was to judge them ran out of time.
    public int Unfiltered;

    /// They were sent as they are, since they are not what LOGS_FORMAT or LOGS_PARSE says.
    public int Unparsed;

    /// Secrets that were taken out, by their kind.
    public int Emails;
    public int Cards;
    public int AwsKeys;
    public int Bearers;
    public int Patterns;

    public void AddSecrets(SecretKind kind, int count)
    {
        switch (kind)
        {
            case SecretKind.Email:
                Emails += count;
                break;
            case SecretKind.Card:
                Cards += count;
                break;
            case SecretKind.AwsKey:
                AwsKeys += count;
                break;
            default:
                Bearers += count;
                break;
        }
    }
}
