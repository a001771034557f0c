import BotProtocol
import JSON
import PCM
import Timekeeping

/// Asterisk's chan_websocket, with the gateway in Asterisk's place: binary audio in the channel's format, and control as
/// plain words (`asterisk`) or as JSON (`asterisk-json`, Asterisk's option `f(json)`). Commands are taken in either form.
///
/// The one foreign dialect with back-pressure: `MEDIA_XOFF` when 900 frames of 20 ms wait, `MEDIA_XON` when fewer than 800
/// do. A flush drops marks without a word; the idiom of bots that must know is `REPORT_QUEUE_DRAINED` before
/// `FLUSH_MEDIA`. Where Asterisk discards what is no whole frame, the gateway keeps it for the next message.
struct AsteriskDialect: WireDialect {
    enum Form: Hashable, Sendable {
        case words
        case json
    }

    /// Which way media goes, as seen from the application.
    private enum Direction: String {
        case both
        /// What the application sends is dropped.
        case `in`
        /// The application gets nothing.
        case out
    }

    private let form: Form
    private(set) var isReady = false
    private var channelID = ""
    private var direction = Direction.both
    private var isBuffering = false
    private var audio: WireAudio
    private var replies = BotMessageBuffer()

    init(_ form: Form, format: BotAudioFormat) {
        self.form = form
        self.audio = WireAudio(format)
    }

    var name: BotDialectName {
        switch self.form {
        case .words: .asterisk
        case .json: .asteriskJSON
        }
    }

    var rate: SampleRate { self.audio.format.rate }
    var clearPolicy: ClearPolicy { .dropSilently }
    var backPressure: BackPressureDepths? {
        BackPressureDepths(pauseAt: Self.frame * Self.xoffLevel, resumeBelow: Self.frame * Self.xonLevel)
    }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch event {
        case .start(let start):
            self.encode(start, into: &buffer)
        case .dtmf(let digit, _):
            self.write("DTMF_END", [.text("digit", digit.description)], into: &buffer)
        case .mark(let name, .played, _, _):
            let word = name.hasPrefix(Self.bufferingPrefix) ? "MEDIA_BUFFERING_COMPLETED" : "MEDIA_MARK_PROCESSED"
            self.write(word, [.bare("correlation_id", String(name.dropFirst()))], into: &buffer)
        case .backPressure(let pressure, _):
            self.write(pressure == .pause ? "MEDIA_XOFF" : "MEDIA_XON", [], into: &buffer)
        case .drained:
            self.write("QUEUE_DRAINED", [], into: &buffer)
        case .status(_, let queue):
            self.encode(queue, into: &buffer)
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .mark(_, .cleared, _, _), .cleared,
            .overflow, .silence, .stop:
            // chan_websocket has no such events; the end is the link's.
            return
        }
    }

    private mutating func encode(_ start: BotStart, into buffer: inout BotMessageBuffer) {
        self.isReady = true
        self.channelID = start.callID
        var members: [Member] = [
            .text("connection_id", start.callID), .text("channel", "WebSocket/" + start.callID),
            .text("channel_id", start.callID), .text("format", Self.word(for: self.audio.format)),
            .number("optimal_frame_size", self.audio.frameLengthInBytes), .number("ptime", 20),
        ]
        // Words have no place for values with spaces in them.
        if self.form == .json {
            members.append(.object("channel_variables", start.withNumbers(from: "FROM", to: "TO")))
        }
        self.write("MEDIA_START", members, into: &buffer, namesChannel: false)
    }

    private func encode(_ queue: PlayQueueState, into buffer: inout BotMessageBuffer) {
        let length = Int(queue.queued / Self.frame)
        self.write(
            "STATUS",
            [
                .number("queue_length", length), .number("xon_level", Self.xonLevel),
                .number("xoff_level", Self.xoffLevel), .flag("queue_full", length >= Self.queueMax),
                .flag("bulk_media", self.isBuffering), .flag("media_paused", queue.isPaused),
            ], into: &buffer)
    }

    /// One member of an event, in either form.
    private enum Member {
        case text(String, String)
        /// A text that stands without its key among words, and is left out when it is empty.
        case bare(String, String)
        case number(String, Int)
        case flag(String, Bool)
        case object(String, [NamedValue])
    }

    private func write(
        _ event: String, _ members: [Member], into buffer: inout BotMessageBuffer, namesChannel: Bool = true
    ) {
        switch self.form {
        case .words: self.writeWords(event, members, into: &buffer, namesChannel: namesChannel)
        case .json: self.writeJSON(event, members, into: &buffer, namesChannel: namesChannel)
        }
    }

    private func writeWords(
        _ event: String, _ members: [Member], into buffer: inout BotMessageBuffer, namesChannel: Bool
    ) {
        var words = [event]
        var isBare = members.isEmpty
        for member in members {
            switch member {
            case .text(let key, let value): words.append("\(key):\(value)")
            case .number(let key, let value): words.append("\(key):\(value)")
            case .flag(let key, let value): words.append("\(key):\(value)")
            case .bare(_, let value):
                if !value.isEmpty { words.append(value) }
                isBare = true
            case .object: continue
            }
        }
        if namesChannel, !isBare { words.insert("channel_id:\(self.channelID)", at: 1) }
        buffer.append(.text) { $0.append(contentsOf: words.joined(separator: " ").utf8) }
    }

    private func writeJSON(
        _ event: String, _ members: [Member], into buffer: inout BotMessageBuffer, namesChannel: Bool
    ) {
        buffer.appendObject { writer in
            writer.member("event", event)
            if namesChannel { writer.member("channel_id", self.channelID) }
            for member in members {
                switch member {
                case .text(let key, let value): writer.member(key, value)
                case .bare(let key, let value):
                    if !value.isEmpty { writer.member(key, value) }
                case .number(let key, let value): writer.member(key, value)
                case .flag(let key, let value):
                    writer.key(key)
                    writer.value(value)
                case .object(let key, let values): writer.member(key, values)
                }
            }
        }
    }

    private static func word(for format: BotAudioFormat) -> String {
        switch (format.encoding, format.rate) {
        case (.muLaw, _): "ulaw"
        case (.aLaw, _): "alaw"
        case (.linear, .hz8000): "slin"
        case (.linear, .hz16000): "slin16"
        case (.linear, .hz24000): "slin24"
        case (.linear, .hz48000): "slin48"
        }
    }

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        guard self.direction != .out else { return }
        self.audio.append(samples, to: &buffer)
    }

    var hasReplies: Bool { !self.replies.isEmpty }

    mutating func takeReplies(into buffer: inout BotMessageBuffer) {
        buffer.append(contentsOf: self.replies)
        self.replies.removeAll()
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        switch kind {
        case .binary:
            guard self.direction != .in else { return }
            self.audio.decode(bytes, into: &batch)
        case .text:
            guard let command = AsteriskCommand(bytes) else {
                batch.ignoreMessage()
                return self.complain("The command cannot be read.")
            }
            try self.take(command, into: &batch)
        }
    }

    private mutating func take(
        _ command: AsteriskCommand, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        if self.direction == .in, command.needsMediaFromApplication {
            return self.complain("\(command.word) is not possible while the direction is in.")
        }
        switch command.word {
        case "ANSWER": batch.append(.answer)
        case "HANGUP": batch.append(.hangup(reason: nil))
        case "START_MEDIA_BUFFERING": self.isBuffering = true
        case "STOP_MEDIA_BUFFERING":
            self.isBuffering = false
            batch.append(.mark(name: Self.bufferingPrefix + (try command.identifier)))
        case "MARK_MEDIA": batch.append(.mark(name: Self.markPrefix + (try command.identifier)))
        case "FLUSH_MEDIA":
            self.isBuffering = false
            batch.append(.clear)
        case "PAUSE_MEDIA": batch.append(.pausePlayout)
        case "CONTINUE_MEDIA": batch.append(.continuePlayout)
        case "GET_STATUS": batch.append(.reportStatus)
        case "REPORT_QUEUE_DRAINED": batch.append(.reportDrained)
        case "SET_MEDIA_DIRECTION":
            guard let direction = Direction(rawValue: command.argument ?? "") else {
                return self.complain("The direction is both, in or out.")
            }
            self.direction = direction
        default: batch.ignoreMessage()
        }
    }

    private mutating func complain(_ text: String) {
        guard self.replies.messages.count < Self.repliesMax else { return }
        var replies = BotMessageBuffer()
        swap(&replies, &self.replies)
        self.write("ERROR", [.text("error_text", text)], into: &replies)
        swap(&replies, &self.replies)
    }

    /// Both kinds of answer are marks of the play-out queue; the first character tells them apart.
    private static let markPrefix = "m"
    private static let bufferingPrefix = "b"
    private static let frame = Duration.milliseconds(20)
    /// Frames; as in Asterisk.
    private static let xonLevel = 800
    private static let xoffLevel = 900
    /// Frames that wait at most: Asterisk drops from 1,000 on, the gateway from 60 s on.
    private static let queueMax = 3_000
    /// Complaints of one slot; a bot that has more to be told has been told enough.
    private static let repliesMax = 16
}

/// A command of the application: `WORD argument`, or `{"command":"WORD", …}`.
private struct AsteriskCommand {
    let word: String
    let argument: String?

    /// Nil for what is neither.
    init?(_ bytes: Span<UInt8>) {
        guard bytes.count <= Self.lengthMax, !bytes.isEmpty else { return nil }
        if bytes[0] == UInt8(ascii: "{") {
            guard let message = try? JSONReader.parse(bytes), let word = message["command"]?.asString else {
                return nil
            }
            self.word = word
            self.argument = (message["correlation_id"] ?? message["direction"])?.asString
            return
        }
        var octets: [UInt8] = []
        for index in bytes.indices { octets.append(bytes[index]) }
        let parts = String(decoding: octets, as: UTF8.self).split(separator: " ", maxSplits: 1)
        guard let word = parts.first else { return nil }
        self.word = String(word)
        self.argument = parts.count > 1 ? String(parts[1]) : nil
    }

    /// What a mark is answered with; none is allowed.
    var identifier: String {
        get throws(BotDialectError) {
            let text = self.argument ?? ""
            guard text.utf8.count <= BotTextLimits.length else {
                throw .tooLong(field: "correlation_id", limit: BotTextLimits.length)
            }
            return text
        }
    }

    var needsMediaFromApplication: Bool {
        ["START_MEDIA_BUFFERING", "STOP_MEDIA_BUFFERING", "MARK_MEDIA", "PAUSE_MEDIA", "CONTINUE_MEDIA"]
            .contains(self.word)
    }

    /// Bytes. Asterisk ignores more than 128.
    private static let lengthMax = 1_024
}
