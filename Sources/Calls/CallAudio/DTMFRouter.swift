import RTP
import Timekeeping

/// Digits both ways: what waits to be sent, what has been received, each told once.
package struct DTMFRouter: Sendable {
    package struct ReceivedDigit: Hashable, Sendable {
        package var digit: Character
        package var duration: Duration
    }

    /// What this slot carries.
    package enum Slot: Hashable, Sendable {
        /// Audio, as always.
        case audio
        /// This event's packet and no audio; with the digit, when it has thereby left whole.
        case event(TelephoneEventPacket, completed: Character?)
        /// The pause between digits: neither audio nor event.
        case pause
    }

    private var sender = TelephoneEventSender()
    private var receiver = TelephoneEventReceiver()

    /// The digits of the call in order, for its record; the first `recordedMax` of them.
    package private(set) var received = ""
    package private(set) var sent = ""
    /// Characters that are no digits, digits that could not be queued, and all digits where none can be sent.
    package private(set) var refused: UInt64 = 0

    package static let recordedMax = 256

    package init() {}

    /// Queues what can be sent of `digits`; the rest is counted as refused. Returns how many were refused.
    @discardableResult
    package mutating func send(_ digits: String, isNegotiated: Bool) -> Int {
        var refusedHere = 0
        for digit in digits {
            guard isNegotiated, let event = TelephoneEvent(digit: digit), self.sender.enqueue(event) else {
                refusedHere += 1
                continue
            }
        }
        self.refused += UInt64(refusedHere)
        return refusedHere
    }

    package var isSending: Bool { !self.sender.isIdle }

    /// Decides the slot of `samples` that begins at `timestamp` of the media clock.
    package mutating func nextSlot(at timestamp: RTPTimestamp, samples: UInt32) -> Slot {
        switch self.sender.nextSlot(at: timestamp, samples: samples) {
        case .audio: return .audio
        case .pause: return .pause
        case .packet(let packet): return .event(packet, completed: nil)
        case .lastPacket(let packet):
            let digit = packet.payload.event.digit
            if let digit, self.sent.count < Self.recordedMax { self.sent.append(digit) }
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
        guard let ended, let digit = ended.event.digit else { return nil }
        if self.received.count < Self.recordedMax { self.received.append(digit) }
        return ReceivedDigit(digit: digit, duration: ended.duration)
    }
}
