import BotProtocol
import PCM

/// Asterisk's AudioSocket, with the gateway in Asterisk's place: frames on a byte stream, PCM16 little-endian.
///
///     kind (1 octet) | length (2 octets, most significant first) | payload
///
/// The first frame carries the call's name as 16 octets. Unlike Asterisk the gateway buffers and paces, so that a bot may
/// send ahead of real time; there are still no marks and no clear. The bytes come in pieces of any size, and each piece of
/// the bot's may end anywhere in a frame. The kind of a frame says its rate.
struct AudioSocketDialect: WireDialect {
    private(set) var isReady = false
    private var audio: WireAudio
    /// The beginning of a frame whose rest has not come: at most a header and its payload.
    private var pending: [UInt8] = []

    init(rate: SampleRate) {
        self.audio = WireAudio(BotAudioFormat(.linear, rate))
    }

    var name: BotDialectName { .audioSocket }
    var rate: SampleRate { self.audio.format.rate }
    var clearPolicy: ClearPolicy { .dropSilently }

    private enum Kind {
        static let hangup: UInt8 = 0x00
        static let name: UInt8 = 0x01
        static let digit: UInt8 = 0x03
        static let failure: UInt8 = 0xFF

        static func audio(at rate: SampleRate) -> UInt8 {
            switch rate {
            case .hz8000: 0x10
            case .hz16000: 0x12
            case .hz24000: 0x13
            case .hz48000: 0x16
            }
        }
    }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch event {
        case .start(let start):
            self.isReady = true
            Self.append(Kind.name, CallUUID(start.callID).octets, to: &buffer)
        case .dtmf(let digit, _):
            Self.append(Kind.digit, Array(digit.description.utf8), to: &buffer)
        case .stop:
            Self.append(Kind.hangup, [], to: &buffer)
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .mark, .cleared, .overflow, .silence,
            .status,
            .backPressure, .drained:
            // AudioSocket has no such frames.
            return
        }
    }

    private static func append(_ kind: UInt8, _ payload: [UInt8], to buffer: inout BotMessageBuffer) {
        buffer.append(.binary) { bytes in
            bytes.append(kind)
            bytes.append(UInt8(truncatingIfNeeded: payload.count >> 8))
            bytes.append(UInt8(truncatingIfNeeded: payload.count))
            bytes.append(contentsOf: payload)
        }
    }

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        precondition(samples.count <= Self.samplesMax, "the caller's audio comes in frames of 20 ms")
        let kind = Kind.audio(at: self.rate)
        buffer.append(.binary, isAudio: true) { bytes in
            bytes.append(kind)
            bytes.append(UInt8(truncatingIfNeeded: (samples.count * 2) >> 8))
            bytes.append(UInt8(truncatingIfNeeded: samples.count * 2))
            for index in samples.indices {
                bytes.append(UInt8(truncatingIfNeeded: samples[index]))
                bytes.append(UInt8(truncatingIfNeeded: samples[index] >> 8))
            }
        }
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard kind == .binary else { throw .unexpectedText }
        var index = 0
        if !self.pending.isEmpty {
            index = try self.finishPending(with: bytes, into: &batch)
        }
        while let length = Self.payloadLength(in: bytes, at: index), bytes.count - index >= 3 + length {
            try self.take(bytes[index], bytes.extracting(index + 3..<index + 3 + length), into: &batch)
            index += 3 + length
        }
        while index < bytes.count {
            self.pending.append(bytes[index])
            index += 1
        }
    }

    /// Completes the frame that waits; returns how many of `bytes` it took.
    private mutating func finishPending(
        with bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) -> Int {
        var index = 0
        while self.pending.count < 3, index < bytes.count {
            self.pending.append(bytes[index])
            index += 1
        }
        guard self.pending.count >= 3 else { return index }
        let total = 3 + Int(self.pending[1]) << 8 + Int(self.pending[2])
        while self.pending.count < total, index < bytes.count {
            self.pending.append(bytes[index])
            index += 1
        }
        guard self.pending.count == total else { return index }
        // Taken out and put back, so that the buffer has one owner and is not copied.
        var frame: [UInt8] = []
        swap(&frame, &self.pending)
        try self.take(frame[0], frame.span.extracting(3..<total), into: &batch)
        frame.removeAll(keepingCapacity: true)
        swap(&frame, &self.pending)
        return index
    }

    private static func payloadLength(in bytes: Span<UInt8>, at index: Int) -> Int? {
        bytes.count - index >= 3 ? Int(bytes[index + 1]) << 8 | Int(bytes[index + 2]) : nil
    }

    private mutating func take(
        _ kind: UInt8, _ payload: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        switch kind {
        case Kind.hangup:
            batch.append(.hangup(reason: nil))
        case Kind.digit:
            guard payload.count == 1, let digit = DTMFDigit(Unicode.Scalar(payload[0])) else {
                throw .invalidValue(field: "digit")
            }
            batch.append(.dtmf([digit]))
        case Kind.failure:
            throw .failureOfBot(code: payload.count > 0 ? Int(payload[0]) : 0)
        default:
            guard let rate = SampleRate.allCases.first(where: { Kind.audio(at: $0) == kind }) else {
                throw .unknownCommand("0x" + String(kind, radix: 16))
            }
            guard !payload.isEmpty else { return batch.ignoreMessage() }
            self.audio.decode(payload, as: BotAudioFormat(.linear, rate), into: &batch)
        }
    }

    /// What the two octets of a length can say.
    private static let samplesMax = 32_767
}
