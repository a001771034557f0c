/// One packet of an RTCP compound (RFC 3550 section 6).
package enum RTCPPacket: Hashable, Sendable {
    case senderReport(SenderReport)
    case receiverReport(ReceiverReport)
    case sourceDescription([SourceDescriptionChunk])
    case goodbye(Goodbye)
    /// RFC 3611.
    case extendedReport(ExtendedReport)
    /// APP, feedback and whatever else stands in a valid compound, by its packet type.
    case other(packetType: UInt8)
}

/// SR: what a sender has sent, and how it hears others (section 6.4.1).
package struct SenderReport: Hashable, Sendable {
    package var ssrc: SSRC
    package var ntpTimestamp: NTPTimestamp
    /// The media clock at `ntpTimestamp`.
    package var rtpTimestamp: RTPTimestamp
    package var packetCount: UInt32
    package var octetCount: UInt32
    /// At most 31.
    package var blocks: [ReportBlock]

    package init(
        ssrc: SSRC, ntpTimestamp: NTPTimestamp, rtpTimestamp: RTPTimestamp, packetCount: UInt32, octetCount: UInt32,
        blocks: [ReportBlock]
    ) {
        self.ssrc = ssrc
        self.ntpTimestamp = ntpTimestamp
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
        self.blocks = blocks
    }
}

/// RR: how someone who sends nothing hears others (section 6.4.2).
package struct ReceiverReport: Hashable, Sendable {
    package var ssrc: SSRC
    /// At most 31.
    package var blocks: [ReportBlock]

    package init(ssrc: SSRC, blocks: [ReportBlock]) {
        self.ssrc = ssrc
        self.blocks = blocks
    }
}

/// How one source is heard (section 6.4.1).
package struct ReportBlock: Hashable, Sendable {
    /// The source that is reported on.
    package var ssrc: SSRC
    /// Lost since the previous report, in 1/256.
    package var fractionLost: UInt8
    /// 24 bits with sign.
    package var cumulativeLost: Int32
    /// With its cycles in the upper half.
    package var highestSequenceNumber: UInt32
    /// In clock units.
    package var jitter: UInt32
    /// `NTPTimestamp.middle` of the last sender report heard, or 0.
    package var lastSenderReport: UInt32
    /// In 1/65536 s.
    package var delaySinceLastSenderReport: UInt32

    package init(
        ssrc: SSRC, fractionLost: UInt8, cumulativeLost: Int32, highestSequenceNumber: UInt32, jitter: UInt32,
        lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.highestSequenceNumber = highestSequenceNumber
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    /// The round trip that this block proves to the sender of the report that it names; nil when it names none.
    ///
    /// Clocks that disagree can make it negative, which is told as nil too (section 6.4.1).
    package func roundTrip(receivedAt now: NTPTimestamp) -> Duration? {
        guard self.lastSenderReport != 0 else { return nil }
        let units = Int32(
            bitPattern: now.middle &- self.lastSenderReport &- self.delaySinceLastSenderReport)
        guard units >= 0 else { return nil }
        return .nanoseconds(Int64(units) * 1_000_000_000 / 65_536)
    }
}

/// What one source says of itself; of the items only CNAME matters here (section 6.5).
package struct SourceDescriptionChunk: Hashable, Sendable {
    package var ssrc: SSRC
    /// At most 255 octets of UTF-8.
    package var cname: String?

    package init(ssrc: SSRC, cname: String?) {
        self.ssrc = ssrc
        self.cname = cname
    }
}

/// BYE: these sources leave (section 6.6). A call does not end by it; SIP decides that.
package struct Goodbye: Hashable, Sendable {
    /// At most 31.
    package var sources: [SSRC]
    /// At most 255 octets of UTF-8.
    package var reason: String?

    package init(sources: [SSRC], reason: String? = nil) {
        self.sources = sources
        self.reason = reason
    }
}
