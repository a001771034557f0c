import Timekeeping

/// Audio that should be there and is not: which way, in what shape, and what is likely to be the cause.
package struct BotSilence: Hashable, Sendable {
    package enum Direction: String, CaseIterable, Hashable, Sendable {
        /// From the far end to the bot.
        case inbound
        /// From the bot to the far end.
        case outbound
    }

    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// No packet at all, of anybody.
        case noRTP = "no_rtp"
        /// Packets come, or leave, and each sample in them is zero.
        case digitalSilence = "digital_silence"
        /// The other direction works, by what RTCP says, and this one does not.
        case oneWay = "one_way"
        /// Packets come from another source than the one that was agreed, which has not proved itself.
        case wrongSource = "wrong_source"
        /// Packets come whose SRTP tag does not match.
        case authentication = "srtp_authentication"
    }

    package var direction: Direction
    package var kind: Kind
    /// What showed the silence: packets without sound, of strangers, or refused; packets of ours that were not received.
    package var packets: UInt64
    /// Since the last sound, or since sound was due.
    package var duration: Duration
    /// There is sound again, or another kind of silence.
    package var isOver: Bool

    package init(
        _ direction: Direction, _ kind: Kind, packets: UInt64, duration: Duration, isOver: Bool = false
    ) {
        self.direction = direction
        self.kind = kind
        self.packets = packets
        self.duration = duration
        self.isOver = isOver
    }

    /// A sentence for a person.
    package var likelyCause: String {
        switch (self.direction, self.kind) {
        case (.inbound, .noRTP):
            "The far end sends nothing, or a firewall or NAT between it and the address that we advertised drops it."
        case (.inbound, .digitalSilence):
            "The far end is muted, on hold without saying so, or has no audio source."
        case (.inbound, .oneWay):
            "The far end hears us and its packets do not reach us: a firewall or NAT on the way here."
        case (.inbound, .wrongSource):
            "The far end sends from another address than its SDP says, such as behind a NAT, or a stranger sends."
        case (.inbound, .authentication):
            "The far end sends under another key than it agreed to, or without encryption."
        case (.outbound, .noRTP):
            "Nothing leaves: the far end's SDP has an address that cannot be sent to, or the kernel refuses to send."
        case (.outbound, .digitalSilence):
            "The bot has not sent any audio since the answer."
        case (.outbound, .oneWay):
            "The far end reports that it receives nothing of ours: a firewall or NAT on the way there."
        case (.outbound, .wrongSource), (.outbound, .authentication):
            "The far end refuses what we send."
        }
    }
}
