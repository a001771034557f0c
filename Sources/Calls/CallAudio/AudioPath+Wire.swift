import Addressing
import BotProtocol
import RTP
import Timekeeping

extension AudioPath {
    /// Takes a datagram of either media port that has been decrypted, or needed no decryption.
    ///
    /// - Parameters:
    ///   - isAuthenticated: an SRTP or SRTCP tag has been checked, and it is no replay.
    ///   - arrival: when the kernel took it from the wire.
    package mutating func receive(
        _ datagram: Span<UInt8>, from source: TransportAddress, isAuthenticated: Bool, at arrival: Instant,
        into output: inout AudioPathOutput
    ) {
        switch DatagramKind(datagram) {
        case .rtp:
            self.receiveRTP(datagram, from: source, isAuthenticated: isAuthenticated, at: arrival, into: &output)
        case .rtcp:
            self.receiveRTCP(datagram, from: source, isAuthenticated: isAuthenticated, at: arrival)
        case .stun, .dtls, .unknown:
            self.counts.invalid += 1
        }
    }

    private mutating func receiveRTP(
        _ datagram: Span<UInt8>, from source: TransportAddress, isAuthenticated: Bool, at arrival: Instant,
        into output: inout AudioPathOutput
    ) {
        guard var wire = self.wire.take() else {
            self.counts.strangers += 1
            self.counts.rtpStrangers += 1
            return
        }
        defer { self.wire = wire }
        guard let packet = try? RTPPacket(datagram) else {
            self.counts.invalid += 1
            return
        }
        let isEvent = packet.payloadType == wire.parameters.telephoneEventReceive
        let isAudio = packet.payloadType == wire.parameters.receivePayloadType
        guard isAudio || isEvent || packet.payloadType == .comfortNoise else {
            self.counts.invalid += 1
            return
        }
        switch wire.latch.judge(packet, from: source, isAuthenticated: isAuthenticated, at: arrival) {
        case .stranger:
            self.counts.strangers += 1
            self.counts.rtpStrangers += 1
            return
        case .accept, .acceptAndMove:
            break
        }
        if wire.noteReceived(at: arrival) { output.events.append(.firstPacketReceived) }
        // A key that is held is no silence.
        if isEvent { self.counts.soundHeard += 1 }
        let isHeard = wire.parameters.direction.receives
        let reception = wire.voice.receive(
            packet, of: datagram, isAudio: isAudio, isHeard: isHeard, isAuthenticated: isAuthenticated, at: arrival)
        switch reception {
        case .accepted:
            break
        case .restarted:
            if let digit = self.dtmf.sourceRestarted() { self.tell(digit, into: &output) }
        case .held, .duplicate:
            return
        }
        guard isHeard, isEvent, self.configuration.digits == .telephoneEvents else { return }
        self.receiveEvent(packet, of: datagram, at: arrival, into: &output)
    }

    private mutating func receiveEvent(
        _ packet: RTPPacket, of datagram: Span<UInt8>, at arrival: Instant, into output: inout AudioPathOutput
    ) {
        guard let report = try? TelephoneEventPayload(datagram.extracting(packet.payload)) else {
            self.counts.invalid += 1
            return
        }
        guard let digit = self.dtmf.receive(report, timestamp: packet.timestamp, at: arrival) else { return }
        self.tell(digit, into: &output)
    }

    func tell(_ digit: DTMFRouter.ReceivedDigit, into output: inout AudioPathOutput) {
        output.events.append(.digitReceived(digit.digit, duration: digit.duration))
        if self.botEar != nil { output.append(.dtmf(digit.digit, duration: digit.duration)) }
    }

    private mutating func receiveRTCP(
        _ datagram: Span<UInt8>, from source: TransportAddress, isAuthenticated: Bool, at arrival: Instant
    ) {
        guard var wire = self.wire.take() else {
            self.counts.strangers += 1
            return
        }
        defer { self.wire = wire }
        guard let compound = try? RTCPCompound(datagram) else {
            self.counts.invalid += 1
            return
        }
        guard isAuthenticated || Self.isKnown(source, speaking: compound, on: wire) else {
            self.counts.strangers += 1
            return
        }
        wire.rtcp.receive(
            compound, lengthInBytes: datagram.count, from: source, ownSSRC: wire.sender.ssrc, at: arrival,
            clock: self.configuration.clock)
        if case .senderReport(let report)? = compound.packets.first {
            wire.voice.noteSenderReport(report, at: arrival)
        }
    }

    /// Plain RTCP is believed from the address that was signalled or used before, and from the host that the latch has
    /// proved when it speaks for the stream that comes from there (a NAT maps the two ports apart).
    private static func isKnown(_ source: TransportAddress, speaking compound: RTCPCompound, on wire: Wire) -> Bool {
        if source == wire.parameters.remoteRTCP || source == wire.rtcp.remote { return true }
        guard wire.latch.isLatched, source.address == wire.latch.destination?.address else { return false }
        switch compound.packets.first {
        case .senderReport(let report): return report.ssrc == wire.voice.receiver.ssrc
        case .receiverReport(let report): return report.ssrc == wire.voice.receiver.ssrc
        case .sourceDescription, .goodbye, .extendedReport, .other, nil: return false
        }
    }
}
