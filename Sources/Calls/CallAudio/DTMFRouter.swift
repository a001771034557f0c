import BotProtocol
import RTP
import Timekeeping

/// Digits both ways: what waits to be sent, what has been received, each told once.
package struct DTMFRouter: Sendable {
    package struct ReceivedDigit: Hashable, Sendable {
        package var digit: DTMFDigit
        package var duration: Duration
    }

    /// What this slot carries.
    package enum Slot: Hashable, Sendable {
        /// Audio, as always.
        case audio
        /// This event's packet and no audio; with the digit, when it has thereby left whole.
        case event(TelephoneEventPacket, completed: DTMFDigit?)
        /// The pause between digits: neither audio nor event.
        case pause
    }

    private var sender = TelephoneEventSender()
    private var receiver = TelephoneEventReceiver()

    /// The digits of the call in order, for its record; the first `recordedMax` of them.
    package private(set) var received = ""
    package private(set) var sent = ""
    /// Digits that could not be queued, and all digits where telephone-event was not agreed.
    package private(set) var refused: UInt64 = 0

    package static let recordedMax = 256

    package init() {}

    /// Queues what can be sent of `digits`; the rest is counted as refused.
    package mutating func send(_ digits: [DTMFDigit], isNegotiated: Bool) {
        for digit in digits {
            guard isNegotiated, self.sender.enqueue(TelephoneEvent(code: digit.eventCode)) else {
                self.refused += 1
                continue
            }
        }
    }

    /// Digits that went to signalling and have not been reported back.
    private var signalled = 0
    /// As many as the sender of telephone events queues.
    package static let signalledMax = 64

    /// Takes what signalling may be given of `digits`; the rest is counted as refused.
    package mutating func giveToSignalling(_ digits: [DTMFDigit]) -> [DTMFDigit] {
        let accepted = digits.prefix(max(0, Self.signalledMax - self.signalled))
        self.signalled += accepted.count
        self.refused += UInt64(digits.count - accepted.count)
        return Array(accepted)
    }

    /// Signalling is done with a digit.
    package mutating func noteSignalled(_ digit: DTMFDigit, isDelivered: Bool) {
        self.signalled = max(0, self.signalled - 1)
        guard isDelivered else {
            self.refused += 1
            return
        }
        if self.sent.utf8.count < Self.recordedMax { self.sent += digit.description }
    }

    /// A digit that came by signalling.
    package mutating func receiveSignalled(_ digit: DTMFDigit, duration: Duration) -> ReceivedDigit? {
        if self.received.utf8.count < Self.recordedMax { self.received += digit.description }
        return ReceivedDigit(digit: digit, duration: duration)
    }

    /// A digit could not be queued as a tone.
    mutating func noteRefused() {
        self.refused += 1
    }

    /// A digit has left as a tone.
    mutating func noteToneSent(_ digit: DTMFDigit) {
        if self.sent.utf8.count < Self.recordedMax { self.sent += digit.description }
    }

    package var isSending: Bool { !self.sender.isIdle }

    /// Decides the slot of `samples` that begins at `timestamp` of the media clock.
    package mutating func nextSlot(at timestamp: RTPTimestamp, samples: UInt32) -> Slot {
        switch self.sender.nextSlot(at: timestamp, samples: samples) {
        case .audio: return .audio
        case .pause: return .pause
        case .packet(let packet): return .event(packet, completed: nil)
        case .lastPacket(let packet):
            let digit = DTMFDigit(eventCode: packet.payload.event.code)
            if let digit, self.sent.utf8.count < Self.recordedMax { self.sent += digit.description }
            return .event(packet, completed: digit)
        }
    }

    /// Takes one report of the far end; a digit comes back when the report shows it to be over.
    package mutating func receive(
        _ report: TelephoneEventPayload, timestamp: RTPTimestamp, at now: Instant
    ) -> ReceivedDigit? {
        self.record(self.receiver.receive(report, timestamp: timestamp, at: now).ended)
    }

    /// A digit whose end was lost comes back here, after three packet times of silence.
    package mutating func handleTimeout(at now: Instant) -> ReceivedDigit? {
        guard let deadline = self.receiver.deadline, deadline <= now else { return nil }
        return self.record(self.receiver.handleTimeout(at: now))
    }

    /// The far end's source restarted: its timestamps mean something else from here on.
    package mutating func sourceRestarted() -> ReceivedDigit? {
        self.record(self.receiver.restart())
    }

    /// Events that are no DTMF digits (flash, tones) are not told.
    private mutating func record(_ ended: TelephoneEventReceiver.Ended?) -> ReceivedDigit? {
        guard let ended, let digit = DTMFDigit(eventCode: ended.event.code) else { return nil }
        if self.received.utf8.count < Self.recordedMax { self.received += digit.description }
        return ReceivedDigit(digit: digit, duration: ended.duration)
    }
}
