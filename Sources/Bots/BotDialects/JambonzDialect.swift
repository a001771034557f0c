import BotProtocol
import JSON
import PCM
import Timekeeping

/// jambonz `listen` and `stream`, with the gateway in jambonz's place; and, as a part of it, the plain PCM that
/// FreeSWITCH's mod_audio_stream and home-made bots speak: JSON metadata first, then binary PCM16 little-endian both ways.
///
/// In jambonz's own words: `killAudio` drops what waits and reports each mark as cleared, `clearMarks` drops nothing (its
/// module answers nothing to it either), and `disconnect` hangs up. The plain dialect takes the same words, and
/// mod_audio_stream's `streamAudio`. Marks are kept beside the audio: jambonz puts them into it as the sample 0xFFFF, which
/// is also an audible −1.
struct JambonzDialect: WireDialect {
    enum Flavour: Hashable, Sendable {
        case jambonz(accountID: String)
        case raw
    }

    private let flavour: Flavour
    private(set) var isReady = false
    private var audio: WireAudio

    init(_ flavour: Flavour, rate: SampleRate) {
        self.flavour = flavour
        self.audio = WireAudio(BotAudioFormat(.linear, rate))
    }

    var name: BotDialectName {
        switch self.flavour {
        case .jambonz: .jambonz
        case .raw: .raw
        }
    }

    var rate: SampleRate { self.audio.format.rate }
    var clearPolicy: ClearPolicy { .reportCleared }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch event {
        case .start(let start):
            self.isReady = true
            buffer.appendObject { self.writeMetadata(of: start, to: &$0) }
        case .dtmf(let digit, let duration):
            buffer.appendObject { writer in
                writer.member("event", "dtmf")
                writer.member("dtmf", digit.description)
                // In units of an 8 kHz clock, not in milliseconds.
                writer.member("duration", SampleRate.hz8000.samples(in: duration))
            }
        case .mark(let name, let outcome, _, _):
            self.encodeMark(name, outcome, into: &buffer)
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .cleared, .overflow, .silence, .status,
            .backPressure, .drained, .stop:
            // jambonz has no such messages; the end is the link's.
            return
        }
    }

    private func encodeMark(_ name: String, _ outcome: MarkOutcome, into buffer: inout BotMessageBuffer) {
        let isPlay = name.hasPrefix(Self.playPrefix)
        // What was interrupted is not done.
        guard !isPlay || outcome == .played else { return }
        buffer.appendObject { writer in
            writer.member("type", isPlay ? "playDone" : "mark")
            writer.key("data")
            writer.beginObject()
            writer.member(isPlay ? "id" : "name", String(name.dropFirst()))
            if !isPlay { writer.member("event", outcome == .played ? "playout" : "cleared") }
            writer.endObject()
        }
    }

    private func writeMetadata(of start: BotStart, to writer: inout JSONWriter) {
        var members = [
            NamedValue("callSid", start.callID), NamedValue("callId", start.callID), NamedValue("from", start.from),
            NamedValue("to", start.to), NamedValue("direction", start.direction.rawValue),
            NamedValue("mixType", "mono"),
        ]
        if case .jambonz(let accountID) = self.flavour { members.append(NamedValue("accountSid", accountID)) }
        let own = Set(members.map(\.name)).union(["sampleRate"])
        for member in members { writer.member(member.name, member.value) }
        writer.member("sampleRate", self.rate.hertz)
        // The verb's own metadata is flattened into the object; it cannot replace what the gateway says.
        for value in start.lastOfEachName where !own.contains(value.name) { writer.member(value.name, value.value) }
    }

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        self.audio.append(samples, to: &buffer)
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard kind == .text else { return self.audio.decode(bytes, into: &batch) }
        guard let message = try? JSONReader.parse(bytes, limits: Self.limits) else { return batch.ignoreMessage() }
        switch message["type"]?.asString ?? message["event"]?.asString {
        case "mark":
            guard let name = (message["data"]?["name"] ?? message["name"])?.asString, !name.isEmpty else {
                throw .missingField("data.name")
            }
            guard name.utf8.count <= BotTextLimits.length else {
                throw .tooLong(field: "data.name", limit: BotTextLimits.length)
            }
            batch.append(.mark(name: Self.markPrefix + name))
        case "killAudio", "clear":
            batch.append(.clear)
        case "playAudio":
            try self.play(message["data"], at: "audioContent", type: "audioContentType", into: &batch)
        case "streamAudio":
            try self.play(message["data"], at: "audioData", type: "audioDataType", into: &batch)
        case "dtmf":
            guard let text = (message["data"]?["digits"] ?? message["dtmf"])?.asString else {
                throw .missingField("dtmf")
            }
            batch.append(.dtmf(try BotTextLimits.digits(in: text, field: "dtmf")))
        case "disconnect":
            batch.append(.hangup(reason: nil))
        default:
            batch.ignoreMessage()
        }
    }

    /// A piece of audio in a message. Without `queuePlay` it interrupts what plays; `id` is told when it has been played.
    private mutating func play(
        _ data: JSONValue?, at key: String, type: String, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard let data, let text = data[key]?.asString else { throw .missingField("data.\(key)") }
        var octets: [UInt8] = []
        guard Base64Audio.decode(Array(text.utf8).span, to: &octets) else { throw .malformedBase64 }
        var rate = self.rate
        if let value = data["sampleRate"] {
            guard let hertz = value.asInt ?? value.asString.flatMap({ Int($0) }), let named = SampleRate(hertz: hertz)
            else { throw .invalidValue(field: "data.sampleRate") }
            rate = named
        }
        var samples = 0..<octets.count
        switch data[type]?.asString ?? "raw" {
        case "raw": break
        case "wav", "wave":
            guard let sound = WAVSamples(octets), let named = SampleRate(hertz: sound.hertz) else {
                throw .invalidValue(field: "data.\(key)")
            }
            (samples, rate) = (sound.range, named)
        default: throw .invalidValue(field: "data.\(type)")
        }
        if key == "audioContent", data["queuePlay"]?.asBool != true { batch.append(.clear) }
        self.audio.decode(
            octets.span.extracting(samples), as: BotAudioFormat(.linear, rate), into: &batch)
        if let id = data["id"]?.asString {
            guard id.utf8.count <= BotTextLimits.length else {
                throw .tooLong(field: "data.id", limit: BotTextLimits.length)
            }
            batch.append(.mark(name: Self.playPrefix + id))
        }
    }

    /// Both kinds of answer are marks of the play-out queue; the first character tells them apart.
    private static let markPrefix = "m"
    private static let playPrefix = "p"
    private static let limits = JSONLimits(length: 1_048_576, depth: 8)
}

/// Where the samples of a WAV file lie, when they are PCM16 mono.
struct WAVSamples {
    let hertz: Int
    let range: Range<Int>

    /// Nil for anything else than RIFF/WAVE with 16-bit mono PCM. A `data` chunk that promises more than there is, as
    /// writers of streams leave it, ends with the bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 12, Self.word("RIFF", in: bytes, at: 0), Self.word("WAVE", in: bytes, at: 8) else {
            return nil
        }
        var hertz: Int?
        var position = 12
        while position + 8 <= bytes.count {
            let length = Self.number(in: bytes, at: position + 4, count: 4)
            let start = position + 8
            if Self.word("fmt ", in: bytes, at: position) {
                guard length >= 16, start + 16 <= bytes.count, Self.number(in: bytes, at: start, count: 2) == 1,
                    Self.number(in: bytes, at: start + 2, count: 2) == 1,
                    Self.number(in: bytes, at: start + 14, count: 2) == 16
                else { return nil }
                hertz = Self.number(in: bytes, at: start + 4, count: 4)
            } else if Self.word("data", in: bytes, at: position) {
                guard let hertz else { return nil }
                let end = min(start + length, bytes.count)
                self.hertz = hertz
                self.range = start..<start + (end - start) / 2 * 2
                return
            }
            // Chunks are padded to even lengths.
            position = start + length + length % 2
        }
        return nil
    }

    private static func word(_ word: StaticString, in bytes: [UInt8], at index: Int) -> Bool {
        bytes[index..<index + 4].elementsEqual(word.description.utf8)
    }

    private static func number(in bytes: [UInt8], at index: Int, count: Int) -> Int {
        bytes[index..<index + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
