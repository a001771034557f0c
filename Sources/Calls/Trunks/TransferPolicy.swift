/// How keys travel on a trunk: one way only, so that no key is pressed twice.
package enum DigitMethod: Hashable, Sendable {
    /// RFC 4733 telephone events, in the media; tones in the audio where those were not agreed. INFO is taken only there.
    case rfc4733
    /// Tones in the audio; telephone events are neither offered nor taken.
    case inBand
    /// INFO with `application/dtmf-relay`; telephone events are neither offered nor taken.
    case info
}

/// How calls of a trunk are given to somebody else, and whether the carrier may do so.
package struct TransferPolicy: Hashable, Sendable {
    package enum Way: Hashable, Sendable {
        case none
        /// REFER, and nothing else.
        case refer
        /// A second call over the trunk, whose audio is joined with the first one's.
        case bridge
        /// REFER, and the second call where that is refused.
        case referThenBridge
    }

    package var way = Way.referThenBridge
    /// Whether the far end is the bot's again when the new party of a bridge hangs up; else the call ends.
    package var returnsToBot = false
    /// Whether the far end may ask the gateway to call somebody else (REFER) or replace the call (Replaces).
    package var acceptsFromPeer = false

    package init() {}
}
