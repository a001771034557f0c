import BotProtocol
import JSON
import PCM

/// Audio between samples and the bytes of one dialect: its format, and what waits between two messages.
struct WireAudio: Sendable {
    let format: BotAudioFormat
    private var carry = SampleCarry()
    /// Decoded base64 of the message at hand, kept for its capacity.
    private var octets: [UInt8] = []
    private var foreign: ForeignAudio?

    init(_ format: BotAudioFormat) {
        self.format = format
    }

    /// Bytes of 20 ms.
    var frameLengthInBytes: Int {
        self.format.rate.samplesPer20ms * (self.format.encoding == .linear ? 2 : 1)
    }

    // MARK: To the bot

    /// Appends one binary message.
    func append(_ samples: Span<Int16>, to buffer: inout BotMessageBuffer) {
        switch self.format.encoding {
        case .linear: buffer.appendAudio(littleEndian: samples)
        case .muLaw:
            buffer.append(.binary, isAudio: true) { bytes in
                for index in samples.indices { bytes.append(MuLaw.encode(samples[index])) }
            }
        case .aLaw:
            buffer.append(.binary, isAudio: true) { bytes in
                for index in samples.indices { bytes.append(ALaw.encode(samples[index])) }
            }
        }
    }

    /// Appends the base64 of `samples`.
    func appendBase64(_ samples: Span<Int16>, to text: inout [UInt8]) {
        switch self.format.encoding {
        case .linear: Base64Audio.encode(samples, to: &text)
        case .muLaw: Base64Audio.encode(samples, to: &text, by: MuLaw.encode)
        case .aLaw: Base64Audio.encode(samples, to: &text, by: ALaw.encode)
        }
    }

    // MARK: From the bot

    mutating func decode(_ bytes: Span<UInt8>, into batch: inout BotCommandBatch) {
        switch self.format.encoding {
        case .linear: batch.appendAudio(littleEndian: bytes, carry: &self.carry)
        case .muLaw: batch.appendAudio(muLaw: bytes)
        case .aLaw: batch.appendAudio(aLaw: bytes)
        }
    }

    mutating func decodeBase64(
        _ text: JSONText, in bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        try self.decodeBase64(text, as: self.format, in: bytes, into: &batch)
    }

    /// Takes audio of another format than the stream's, where a message may name its own.
    mutating func decodeBase64(
        _ text: JSONText, as format: BotAudioFormat, in bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        self.octets.removeAll(keepingCapacity: true)
        let isWellFormed: Bool
        if text.hasEscapes {
            // Some writers escape the slash, which is one of the 64 characters.
            let unescaped = text.decodedBytes(in: bytes)
            isWellFormed = Base64Audio.decode(unescaped.span, to: &self.octets)
        } else {
            isWellFormed = Base64Audio.decode(bytes.extracting(text.range), to: &self.octets)
        }
        guard isWellFormed else { throw .malformedBase64 }
        // Taken out and put back, so that the buffer has one owner and is not copied.
        var octets: [UInt8] = []
        swap(&octets, &self.octets)
        self.decode(octets.span, as: format, into: &batch)
        swap(&octets, &self.octets)
    }

    mutating func decode(_ bytes: Span<UInt8>, as format: BotAudioFormat, into batch: inout BotCommandBatch) {
        guard format != self.format else { return self.decode(bytes, into: &batch) }
        if self.foreign?.format != format { self.foreign = ForeignAudio(format, target: self.format.rate) }
        self.foreign?.decode(bytes, into: &batch)
    }
}

/// Audio that comes in another format than its stream's: decoded, and converted to the stream's rate.
private struct ForeignAudio: Sendable {
    let format: BotAudioFormat
    private var carry = SampleCarry()
    private var decoded = BotCommandBatch()
    private var resampler: Resampler
    private var resampled: [Int16]

    /// Samples that are converted at once.
    private static let blockLength = 960

    init(_ format: BotAudioFormat, target: SampleRate) {
        self.format = format
        self.resampler = Resampler(from: format.rate, to: target)
        self.resampled = Array(repeating: 0, count: self.resampler.outputCountMax(forInput: Self.blockLength))
    }

    mutating func decode(_ bytes: Span<UInt8>, into batch: inout BotCommandBatch) {
        self.decoded.removeAll()
        switch self.format.encoding {
        case .linear: self.decoded.appendAudio(littleEndian: bytes, carry: &self.carry)
        case .muLaw: self.decoded.appendAudio(muLaw: bytes)
        case .aLaw: self.decoded.appendAudio(aLaw: bytes)
        }
        let samples = self.decoded.samples
        // Taken out and put back, so that the buffer has one owner and is not copied.
        var resampled: [Int16] = []
        swap(&resampled, &self.resampled)
        defer { swap(&resampled, &self.resampled) }
        for start in stride(from: 0, to: samples.count, by: Self.blockLength) {
            let block = samples.span.extracting(start..<min(start + Self.blockLength, samples.count))
            var output = resampled.mutableSpan
            let count = self.resampler.process(block, into: &output)
            batch.appendAudio(resampled.span.extracting(first: count))
        }
    }
}

/// Counts what goes to a bot: its messages, its media messages, and the samples that timestamps are taken from.
struct MediaClock: Sendable {
    /// The number of the last message that carries one.
    private(set) var sequenceNumber: UInt64 = 0
    /// The number of the last media message.
    private(set) var chunk: UInt64 = 0
    private var sentSamples: Int64 = 0
    private let rate: SampleRate

    init(rate: SampleRate) {
        self.rate = rate
    }

    /// Audio so far: never the wall clock, so that timestamps have no gaps where packets were lost.
    var milliseconds: UInt64 { UInt64(self.sentSamples * 1_000 / Int64(self.rate.hertz)) }

    mutating func nextMessage() -> UInt64 {
        self.sequenceNumber += 1
        return self.sequenceNumber
    }

    /// The media message of `samples`; returns the timestamp of its first one, in milliseconds.
    mutating func nextMedia(samples: Int) -> UInt64 {
        self.sequenceNumber += 1
        self.chunk += 1
        let timestamp = self.milliseconds
        self.sentSamples += Int64(samples)
        return timestamp
    }
}
