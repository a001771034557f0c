/// Which audio flows before a call is answered (RFC 3960 section 2).
package enum EarlyAudio: Hashable, Sendable {
    /// None for the bot; the far end gets comfort silence, which opens the way through a NAT.
    case none
    /// The bot hears the far end: announcements, ring-back, a tone that says why.
    case heardByBot
    /// And the far end hears the bot.
    case bothWays
}

/// The way that digits of a call go, both directions. One way only: a digit that comes twice would press two keys.
package enum DigitPath: Hashable, Sendable {
    /// RFC 4733, in the media; tones in the audio where that was not agreed.
    case telephoneEvents
    /// Tones in the audio.
    case inBand
    /// INFO requests, by the owner.
    case signalling
}
