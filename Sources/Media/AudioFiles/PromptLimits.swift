/// What a prompts' library accepts.
package struct PromptLimits: Hashable, Sendable {
    /// The longest prompt.
    package var durationMax: Duration = .seconds(600)
    /// The largest file.
    package var fileLengthInBytesMax = 128 << 20
    /// The samples kept in memory; the prompt that was asked for least recently goes first.
    package var cacheLengthInBytesMax = 64 << 20
    /// Prompts that may wait for the reading thread.
    package var requestsMax = 256

    package init() {}
}
