import Addressing
import PCM
import RTP
import Timekeeping

/// One call's RTP at the edge, without its sockets: datagrams and ticks in, datagrams and digits out.
///
/// Confined to the edge's event loop, for the SRTP sessions in it.
package final class MediaLeg {
    private enum Source {
        case silence
        case prompt([Int16], position: Int)
        case ringing(position: Int)
        case echo
        case digits(DigitSender)
    }

    /// What a tick ended.
    package enum Finished: Hashable {
        case prompt
        case digits
    }

    package private(set) var settings: MediaSettings
    package private(set) var timeline: StereoTimeline
    package private(set) var reception = ReceptionFigures()
    package private(set) var digits: DigitReceiver
    package private(set) var packetsSent = 0
    package private(set) var rtcpPackets = 0
    /// Packets whose tag was wrong or that were replayed.
    package private(set) var srtpFailures = 0
    /// Datagrams that are no RTP of the settled payload types.
    package private(set) var strange = 0
    private var srtp: ForeignSRTP?
    private var source = Source.silence
    private var echoed: [Int16] = []
    private var sequence: SequenceNumber
    private var timestamp: RTPTimestamp
    private var ssrc: SSRC
    /// Nothing is sent meanwhile, though the clock runs on.
    package var isPaused = false
    /// What is sent is silence, whatever plays.
    package var isMuted = false
    private var isFirst = true

    package static let samplesPerPacket = 160
    private static let silence = [Int16](repeating: 0, count: samplesPerPacket)
    /// Samples that wait to be sent back: 1 s.
    private static let echoMax = 8_000

    /// - Parameter origin: The call's answer, where the recording begins.
    package init(
        _ settings: MediaSettings, origin: Instant, recordingMax: Duration,
        random: inout some RandomNumberGenerator
    ) throws(SimulatorError) {
        self.settings = settings
        self.timeline = StereoTimeline(origin: origin, durationMax: recordingMax)
        self.digits = DigitReceiver(origin: origin)
        self.srtp = if let keys = settings.keys { try ForeignSRTP(keys) } else { nil }
        self.sequence = SequenceNumber(UInt16.random(in: 0..<0x8000, using: &random))
        self.timestamp = RTPTimestamp(UInt32.random(in: 0...UInt32.max, using: &random))
        self.ssrc = SSRC(UInt32.random(in: 1...UInt32.max, using: &random))
    }

    /// A re-INVITE moved the peer or put the call on hold; codec and keys stay.
    package func redirect(to remote: TransportAddress, sends: Bool) {
        self.settings.remote = remote
        self.settings.sends = sends
    }

    /// From here on the stream is another one (RFC 3550 section 8.2).
    package func changeSource(random: inout some RandomNumberGenerator) {
        self.sequence = SequenceNumber(UInt16.random(in: 0..<0x8000, using: &random))
        self.timestamp = RTPTimestamp(UInt32.random(in: 0...UInt32.max, using: &random))
        self.ssrc = SSRC(UInt32.random(in: 1...UInt32.max, using: &random))
        self.isFirst = true
    }

    /// From here on SRTP is under a key that nobody has agreed to; without SRTP, or should libsrtp2 fail, nothing changes.
    package func changeKey() {
        guard var keys = self.settings.keys else { return }
        keys.send = keys.send.map { ~$0 }
        guard let changed = try? ForeignSRTP(keys) else { return }
        self.srtp = consume changed
    }

    package func play(_ prompt: [Int16]) { self.source = .prompt(prompt, position: 0) }
    package func ring() { self.source = .ringing(position: 0) }
    package func beSilent() { self.source = .silence }

    package func echo() {
        self.echoed.removeAll()
        self.source = .echo
    }

    /// Sends digits; a peer that takes no events hears silence for as long.
    package func press(_ digits: [Digit]) {
        self.source = .digits(DigitSender(digits))
    }

    /// The datagram of the 20 ms that begin at `deadline`, and what ended with it.
    package func tick(at deadline: Instant) -> (datagram: [UInt8]?, finished: Finished?) {
        var payloadType = self.settings.codec.payloadType
        var samples = Self.silence
        var payload: [UInt8]?
        var marker = self.isFirst
        var timestamp = self.timestamp
        var finished: Finished?
        if case .digits(var sender) = self.source {
            if let event = sender.next(), let eventType = self.settings.eventPayloadTypeToSend {
                payload = event.payload
                payloadType = eventType
                marker = event.isFirst
                timestamp = RTPTimestamp(self.timestamp.rawValue &- event.age)
            }
            self.source = sender.isFinished ? .silence : .digits(sender)
            finished = sender.isFinished ? .digits : nil
        } else {
            (samples, finished) = self.nextSamples()
            if self.isMuted { samples = Self.silence }
        }
        self.timestamp = self.timestamp.advanced(by: UInt32(Self.samplesPerPacket))
        guard self.settings.sends, !self.isPaused else { return (nil, finished) }
        self.timeline.sent(samples, at: deadline)
        let body = payload ?? self.encode(samples)
        return (self.datagram(body, payloadType: payloadType, marker: marker, timestamp: timestamp), finished)
    }

    private func nextSamples() -> ([Int16], Finished?) {
        let count = Self.samplesPerPacket
        switch self.source {
        case .silence, .digits:
            return (Self.silence, nil)
        case .prompt(let prompt, let position):
            let samples = Array(prompt[position..<min(position + count, prompt.count)])
            let isLast = position + count >= prompt.count
            self.source = isLast ? .silence : .prompt(prompt, position: position + count)
            return (samples + Self.silence.dropFirst(samples.count), isLast ? .prompt : nil)
        case .ringing(let position):
            self.source = .ringing(position: (position + count) % RingingTone.cycle.count)
            return (Array(RingingTone.cycle[position..<(position + count)]), nil)
        case .echo:
            guard self.echoed.count >= count else { return (Self.silence, nil) }
            let samples = Array(self.echoed.prefix(count))
            self.echoed.removeFirst(count)
            return (samples, nil)
        }
    }

    private func datagram(
        _ payload: [UInt8], payloadType: UInt8, marker: Bool, timestamp: RTPTimestamp
    ) -> [UInt8]? {
        guard let type = PayloadType(payloadType) else { return nil }
        let header = RTPHeader(
            marker: marker, payloadType: type, sequenceNumber: self.sequence, timestamp: timestamp, ssrc: self.ssrc)
        self.sequence = self.sequence.next
        self.isFirst = false
        self.packetsSent += 1
        var packet = [UInt8](repeating: 0, count: RTPHeader.lengthInBytes) + payload
        header.write(into: &packet)
        return self.srtp == nil ? packet : self.srtp?.protectRTP(packet)
    }

    private func encode(_ samples: [Int16]) -> [UInt8] {
        switch self.settings.codec {
        case .pcma: samples.map { ALaw.encode($0) }
        case .pcmu: samples.map { MuLaw.encode($0) }
        }
    }

    /// Takes a datagram of the RTP port; returns a digit that begins with it.
    package func receive(_ datagram: [UInt8], at now: Instant) -> Digit? {
        var plain = datagram
        if self.srtp != nil {
            guard let unprotected = self.srtp?.unprotectRTP(datagram) else {
                self.srtpFailures += 1
                return nil
            }
            plain = unprotected
        }
        guard let packet = try? RTPPacket(plain, count: plain.count) else {
            self.strange += 1
            return nil
        }
        let isEvent = packet.payloadType.rawValue == self.settings.eventPayloadTypeToReceive
        guard isEvent || packet.payloadType.rawValue == self.settings.codec.payloadType else {
            self.strange += 1
            return nil
        }
        self.reception.received(
            source: packet.ssrc.rawValue, sequence: packet.sequenceNumber.rawValue,
            timestamp: packet.timestamp.rawValue, lengthInBytes: packet.payload.count, isAudio: !isEvent, at: now)
        let payload = plain[packet.payload]
        if isEvent { return self.digits.receive(payload, timestamp: packet.timestamp.rawValue, at: now) }
        let samples = self.decode(payload)
        self.timeline.received(
            samples, source: packet.ssrc.rawValue, timestamp: packet.timestamp.rawValue, at: now)
        if case .echo = self.source, self.echoed.count < Self.echoMax { self.echoed += samples }
        return nil
    }

    private func decode(_ codes: ArraySlice<UInt8>) -> [Int16] {
        switch self.settings.codec {
        case .pcma: codes.map { ALaw.decode($0) }
        case .pcmu: codes.map { MuLaw.decode($0) }
        }
    }

    /// Takes a datagram of the RTCP port: counted, and its protection checked; nothing else is made of it.
    package func receiveRTCP(_ datagram: [UInt8]) {
        guard self.srtp == nil || self.srtp?.unprotectRTCP(datagram) != nil else {
            self.srtpFailures += 1
            return
        }
        self.rtcpPackets += 1
    }
}
