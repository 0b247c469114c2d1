namespace Sidecar.Adapter.Verdicts;

/// What makes a group up. The rule is also its initial state: before anything is known, only NoneDown is up.
internal enum GroupRule
{
    /// Ready, and any group of the user's own: traffic goes where all is known to be well.
    AllUp,

    /// Live: a restart is the answer to a known ill, never to ignorance.
    NoneDown,

    /// Startup: all were up once.
    AllUpOnce,
}
