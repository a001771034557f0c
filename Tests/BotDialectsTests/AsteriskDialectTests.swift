import BotDialects
import BotProtocol
import JSON
import PCM
import Testing

/// Asterisk's chan_websocket as bytes and events, in words and in JSON.
struct AsteriskDialectTests {
    private func started(
        _ name: BotDialectName = .asterisk, _ encoding: BotAudioEncoding? = nil, _ rate: SampleRate? = nil
    ) throws -> DialectDriver {
        var driver = DialectDriver(try #require(BotDialect(name, accountID: "", encoding: encoding, rate: rate)))
        _ = driver.encode(.start(Self.start))
        return driver
    }

    private static let start = BotStart(
        callID: "c-1", direction: .inbound, from: "+1", to: "+2", parameters: [NamedValue("LANG", "hi in")])

    @Test(arguments: [
        (BotAudioEncoding.muLaw, SampleRate.hz8000, "ulaw", 160), (.aLaw, .hz8000, "alaw", 160),
        (.linear, .hz8000, "slin", 320), (.linear, .hz16000, "slin16", 640), (.linear, .hz24000, "slin24", 960),
        (.linear, .hz48000, "slin48", 1_920),
    ])
    func start(encoding: BotAudioEncoding, rate: SampleRate, format: String, size: Int) throws {
        var words = DialectDriver(
            try #require(BotDialect(.asterisk, accountID: "", encoding: encoding, rate: rate)))
        #expect(
            words.encode(.start(Self.start)) == [
                "MEDIA_START connection_id:c-1 channel:WebSocket/c-1 channel_id:c-1 format:\(format) "
                    + "optimal_frame_size:\(size) ptime:20"
            ])
        var json = DialectDriver(
            try #require(BotDialect(.asteriskJSON, accountID: "", encoding: encoding, rate: rate)))
        #expect(
            json.encode(.start(Self.start)) == [
                #"{"event":"MEDIA_START","connection_id":"c-1","channel":"WebSocket/c-1","channel_id":"c-1","#
                    + #""format":"\#(format)","optimal_frame_size":\#(size),"ptime":20,"#
                    + #""channel_variables":{"FROM":"+1","TO":"+2","LANG":"hi in"}}"#
            ])
        let samples = (0..<rate.samplesPer20ms).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        let frame = words.encodeAudio(samples)
        #expect(frame.bytes.count == size)
        #expect(frame.messages.map(\.kind) == [.binary])
        #expect(try words.decode(.binary, frame.bytes).samples.count == samples.count)
    }

    private static let queue = PlayQueueState(queued: .milliseconds(2_400), isPaused: true)

    @Test(arguments: [
        (
            BotEvent.backPressure(.pause, queued: .seconds(18)), "MEDIA_XOFF",
            #"{"event":"MEDIA_XOFF","channel_id":"c-1"}"#
        ),
        (.backPressure(.resume, queued: .seconds(15)), "MEDIA_XON", #"{"event":"MEDIA_XON","channel_id":"c-1"}"#),
        (.drained, "QUEUE_DRAINED", #"{"event":"QUEUE_DRAINED","channel_id":"c-1"}"#),
        (
            .status(heard: .zero, Self.queue),
            "STATUS channel_id:c-1 queue_length:120 xon_level:800 xoff_level:900 queue_full:false bulk_media:false "
                + "media_paused:true",
            #"{"event":"STATUS","channel_id":"c-1","queue_length":120,"xon_level":800,"xoff_level":900,"#
                + #""queue_full":false,"bulk_media":false,"media_paused":true}"#
        ),
    ])
    func events(event: BotEvent, words: String, json: String) throws {
        var driver = try self.started()
        #expect(driver.encode(event) == [words])
        driver = try self.started(.asteriskJSON)
        #expect(driver.encode(event) == [json])
    }

    @Test func digits() throws {
        let digit = try #require(DTMFDigit("5"))
        var driver = try self.started()
        #expect(driver.encode(.dtmf(digit, duration: .zero)) == ["DTMF_END channel_id:c-1 digit:5"])
        driver = try self.started(.asteriskJSON)
        #expect(
            driver.encode(.dtmf(digit, duration: .zero))
                == [#"{"event":"DTMF_END","channel_id":"c-1","digit":"5"}"#])
    }

    /// Commands come in either form, whichever the events have.
    @Test(arguments: [
        ("ANSWER", BotCommand.answer), (#"{"command":"ANSWER"}"#, .answer), ("HANGUP", .hangup(reason: nil)),
        ("FLUSH_MEDIA", .clear), (#"{"command":"FLUSH_MEDIA"}"#, .clear), ("PAUSE_MEDIA", .pausePlayout),
        ("CONTINUE_MEDIA", .continuePlayout), ("GET_STATUS", .reportStatus), ("REPORT_QUEUE_DRAINED", .reportDrained),
    ])
    func commands(text: String, command: BotCommand) throws {
        for name in [BotDialectName.asterisk, .asteriskJSON] {
            var driver = try self.started(name)
            #expect(try driver.decode(text).items == [.command(command)])
        }
    }

    /// Marks and the end of buffering have answers of their own, with an identifier or without; a flush silences both.
    @Test(arguments: [
        ("MARK_MEDIA id 1", "MEDIA_MARK_PROCESSED id 1"), ("MARK_MEDIA", "MEDIA_MARK_PROCESSED"),
        ("STOP_MEDIA_BUFFERING b1", "MEDIA_BUFFERING_COMPLETED b1"),
        (#"{"command":"MARK_MEDIA","correlation_id":"m"}"#, "MEDIA_MARK_PROCESSED m"),
    ])
    func marks(text: String, answer: String) throws {
        var driver = try self.started()
        #expect(try driver.decode("START_MEDIA_BUFFERING").isEmpty)
        let items = try driver.decode(text).items
        guard case .command(.mark(let name))? = items.first else {
            Issue.record("\(items)")
            return
        }
        #expect(driver.encode(.mark(name: name, outcome: .played, heard: .zero)) == [answer])
        #expect(driver.encode(.mark(name: name, outcome: .cleared, heard: .zero)).isEmpty)
        #expect(driver.encode(.cleared(heard: .zero, marks: [name])).isEmpty)
        var json = try self.started(.asteriskJSON)
        let event = try JSONReader.parse(json.encode(.mark(name: name, outcome: .played, heard: .zero))[0])
        let parts = answer.split(separator: " ", maxSplits: 1).map(String.init)
        #expect(event["event"]?.asString == parts[0])
        #expect(event["correlation_id"]?.asString == (parts.count > 1 ? parts[1] : nil))
    }

    @Test func buffering() throws {
        var driver = try self.started(.asterisk, .linear, .hz8000)
        _ = try driver.decode("START_MEDIA_BUFFERING")
        #expect(driver.encode(.status(heard: .zero, PlayQueueState()))[0].contains("bulk_media:true"))
        // What is no whole frame is kept, while buffering and else: where Asterisk discards it a sentence would have holes.
        #expect(try driver.decode(.binary, [1, 0, 2]).samples == [1])
        #expect(try driver.decode(.binary, [0]).samples == [2])
        _ = try driver.decode("FLUSH_MEDIA")
        #expect(driver.encode(.status(heard: .zero, PlayQueueState()))[0].contains("bulk_media:false"))
    }

    @Test func direction() throws {
        var driver = try self.started()
        let frame = [Int16](repeating: 1, count: 160)
        _ = try driver.decode(#"{"command":"SET_MEDIA_DIRECTION","direction":"out"}"#)
        #expect(driver.encodeAudio(frame).isEmpty)
        #expect(try driver.decode(.binary, [1]).samples.count == 1)
        _ = try driver.decode(#"{"command":"SET_MEDIA_DIRECTION","direction":"in"}"#)
        #expect(!driver.encodeAudio(frame).isEmpty)
        #expect(try driver.decode(.binary, [1]).isEmpty)
        #expect(try driver.decode("MARK_MEDIA m").isEmpty)
        #expect(
            driver.replies() == [
                "ERROR channel_id:c-1 error_text:MARK_MEDIA is not possible while the direction is in."
            ])
        #expect(try driver.decode("FLUSH_MEDIA").items == [.command(.clear)])
        _ = try driver.decode(#"{"command":"SET_MEDIA_DIRECTION","direction":"sideways"}"#)
        #expect(driver.replies().count == 1)
        _ = try driver.decode(#"{"command":"SET_MEDIA_DIRECTION","direction":"both"}"#)
        #expect(try driver.decode("MARK_MEDIA m").items.count == 1)
    }

    @Test(arguments: ["{", "", #"{"event":"x"}"#, " "])
    func unreadable(text: String) throws {
        var driver = try self.started(.asteriskJSON)
        #expect(try driver.decode(text).messagesIgnored == 1)
        #expect(
            driver.replies() == [
                #"{"event":"ERROR","channel_id":"c-1","error_text":"The command cannot be read."}"#
            ])
    }

    /// Words that Asterisk does not know are passed over, case included; complaints are bounded.
    @Test func passedOver() throws {
        var driver = try self.started()
        for text in ["answer", "BARK", #"{"command":"BARK"}"#] {
            #expect(try driver.decode(text).messagesIgnored == 1)
            #expect(driver.replies().isEmpty)
        }
        for _ in 0..<100 { _ = try driver.decode("{") }
        #expect(driver.replies().count == 16)
        #expect(throws: BotDialectError.tooLong(field: "correlation_id", limit: 256)) {
            try driver.decode("MARK_MEDIA " + String(repeating: "x", count: 257))
        }
    }

    @Test func subprotocolAndDepths() throws {
        for name in [BotDialectName.asterisk, .asteriskJSON] {
            #expect(name.subprotocols == ["media"])
            let depths = try #require(BotDialect(name, accountID: "")?.backPressure)
            #expect(depths == BackPressureDepths(pauseAt: .seconds(18), resumeBelow: .seconds(16)))
        }
    }
}
