import PCM

/// The figures of one call's audio path, complete when the path has ended.
package struct AudioReport: Hashable, Sendable {
    /// Counts of RTP packets and of their payload octets, as RFC 3550 section 6.4.1 counts them.
    package var packetsReceived: UInt64 = 0
    package var octetsReceived: UInt64 = 0
    package var packetsSent: UInt64 = 0
    package var octetsSent: UInt64 = 0
    /// Packets that never came, by sequence number (RFC 3550 A.3); late ones are not lost.
    package var packetsLost: Int64 = 0
    /// RFC 3550 A.8.
    package var jitter: Duration = .zero
    /// How long packets are held between wire and play-out now, and how long the network asks for; nil before the first.
    package var playoutDelay: Duration?
    package var playoutDelayWanted: Duration?
    /// By how much play-out was made longer and shorter to follow the network and the far end's clock.
    package var playoutAdded: Duration = .zero
    package var playoutRemoved: Duration = .zero
    /// Packets that came after their slot had passed, and were not heard.
    package var packetsLate: UInt64 = 0
    /// Packets that were thrown away because too many stood in the jitter buffer.
    package var packetsSkipped: UInt64 = 0
    package var packetsDuplicate: UInt64 = 0
    /// Packets of other sources than the call's: counted, neither heard nor recorded nor answered.
    package var packetsFromStrangers: UInt64 = 0
    /// Packets that were not valid RTP or RTCP, or of a payload type that was not agreed.
    package var packetsInvalid: UInt64 = 0
    /// What RTCP of the far end said of the packets that we sent.
    package var remoteLost: Int64?
    package var remoteJitter: Duration?
    /// RFC 3550 section 6.4.1, from the last report that quoted one of ours.
    package var roundTrip: Duration?
    /// How the far end sounds here by the E-model: the rating, 0 to 100, and the scores of one who listens and of one who
    /// talks, 1 to 4.5; nil before its first packet.
    package var rating: Double?
    package var listeningScore: Double?
    package var conversationScore: Double?
    /// What the far end says of how we sound there, by RFC 3611.
    package var remoteScore: Double?
    package var rtcpSent: UInt64 = 0
    package var rtcpReceived: UInt64 = 0

    /// From `answered` to the first packet with bot or prompt audio in it.
    package var firstAudioDelay: Duration?
    package var digitsReceived = ""
    package var digitsSent = ""
    /// Digits refused because they are none, or because too many waited.
    package var digitsRefused: UInt64 = 0

    /// What the bot sent and the caller heard, in the bot's own time.
    package var botAudioHeard: Duration = .zero
    package var botAudioRefused: Duration = .zero
    package var botAudioCleared: Duration = .zero
    /// By how much the bot's audio was made longer and shorter to follow its clock.
    package var botPlayoutAdded: Duration = .zero
    package var botPlayoutRemoved: Duration = .zero
    /// Holes within an utterance of the bot, where its audio came too late.
    package var botUnderruns: UInt64 = 0
    /// Frames of the caller that had to be made up because no packet was there.
    package var framesConcealed: UInt64 = 0

    /// The first silences that were told, in order, and how many there were in all.
    package var silences: [SilenceEpisode] = []
    package var silenceCount: UInt64 = 0

    package var callerLevel = LevelReport()
    package var botLevel = LevelReport()

    package init() {}
}

/// How loud one side was while it made any sound, in dB relative to full scale; nil when it made none.
package struct LevelReport: Hashable, Sendable {
    package var rmsInDecibels: Double?
    package var peakInDecibels: Double?

    package init() {}

    init(_ meter: LevelMeter) {
        guard meter.peak > 0 else { return }
        self.rmsInDecibels = meter.rmsLevel
        self.peakInDecibels = meter.peakLevel
    }
}
