/// How much one call's play-out queue holds.
package struct PlayQueueLimits: Hashable, Sendable {
    /// Bot audio that waits; 60 s cover the longest sentence that a model says at once. 8,000 samples, 16 kB a second.
    package var depth: Duration = .seconds(60)
    /// Marks and prompts that wait.
    package var entriesMax = 1_024

    package init() {}
}
