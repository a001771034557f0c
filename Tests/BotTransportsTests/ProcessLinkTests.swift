import BotProtocol
import BotTransports
import CLinux
import Foundation
import Reactor
import Testing
import Timekeeping

/// Children on pipes: docs/bot-protocol.md, "Over standard input and output".
@Suite(.serialized) struct ProcessLinkTests {
    private func link(_ connector: Connector, _ endpoint: BotEndpoint) throws -> LinkDriver {
        LinkDriver(try #require(BotLink(try Attempt(connector, endpoint).bot())))
    }

    @Test func messagesGoBothWaysAndExitCodeComesBack() throws {
        let connector = try Connector()
        var driver = try self.link(
            connector,
            try python(
                """
                while (m := read()) is not None:
                    write(*m)
                    if m == (b'T', b'end'): sys.exit(0)
                """))
        let big = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        driver.send(.text("hello"), .binary([1, 2, 3]), .binary([]))
        #expect(driver.pump { $0.messages.count == 3 })
        driver.link.setOutboundAudioMax(200_000)
        driver.send(.binary(big), .text("end"))
        #expect(driver.pump { $0.end != nil })
        #expect(driver.messages == [.text("hello"), .binary([1, 2, 3]), .binary([]), .binary(big), .text("end")])
        #expect(driver.end == .exited(code: 0))
        #expect(driver.end?.isOrderly == true)
        driver.link.close()
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }

    @Test(arguments: [
        ("sys.exit(3)", BotLinkEnd.exited(code: 3)),
        ("os.kill(os.getpid(), signal.SIGKILL)", .killed(signal: 9)),
        ("raise SystemExit('a message')", .exited(code: 1)),
        ("print('hello'); sys.stdout.flush(); time.sleep(30)", .failed(.framing(.unknownKind(UInt8(ascii: "h"))))),
        (
            "sink.write(b'B' + (1 << 31).to_bytes(4, 'big')); sink.flush(); time.sleep(30)",
            .failed(.framing(.messageTooLong(length: 1 << 31, limit: 1_048_576)))
        ),
        ("os.close(1); time.sleep(30)", .failed(.endOfStream)),
    ])
    func endIsToldAsItWas(program: String, end: BotLinkEnd) throws {
        let connector = try Connector()
        var driver = try self.link(connector, try python(program))
        #expect(driver.pump { $0.end != nil })
        #expect(driver.end == end)
        driver.link.close()
        connector.shutdown()
        #expect(connector.gauges == ConnectorGauges())
    }

    /// A bot that reads nothing loses audio, keeps its control messages, and costs no more memory.
    @Test func botThatReadsNothing() throws {
        let connector = try Connector()
        var driver = try self.link(connector, try python("time.sleep(60)"))
        let audio = Message.binary([UInt8](repeating: 7, count: 640))
        var accepted = 0
        for _ in 0..<1_500 where driver.send(audio, isAudio: true) { accepted += 1 }
        let counters = driver.link.counters
        #expect(counters.droppedAudioMessages == UInt64(1_500 - accepted))
        #expect(counters.droppedAudioBytes == counters.droppedAudioMessages * 640)
        // The pipe takes 64 KiB and the queue as much: about 4 s at 16 kHz, and far less than the 30 s that were sent.
        #expect((100...250).contains(accepted))
        #expect(driver.send(.text("control")))
        #expect(driver.link.wantsWrite)
        // Control messages have a reserve, and its end is the link's.
        for _ in 0..<40 { driver.send(.text(String(repeating: "x", count: 500))) }
        driver.pump()
        #expect(driver.end == .failed(.notReading))
        driver.link.close()
        connector.shutdown()
    }

    /// A bot that sends more than is wanted waits: each call reads about its budget.
    @Test func floodIsHeldBack() throws {
        let connector = try Connector()
        var driver = try self.link(connector, try python("while True: audio(bytes(3200))"))
        #expect(
            eventually {
                driver.pump(budget: 8_192); return !driver.messages.isEmpty
            })
        let before = driver.link.counters.receivedBytes
        _ = clinux_wait_readable(-1, 100)
        driver.pump(budget: 8_192)
        #expect(driver.link.counters.receivedBytes - before <= 8_192)
        driver.link.close()
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }

    @Test func childIsOnItsOwn() throws {
        let connector = try Connector()
        var driver = try self.link(
            connector,
            try python(
                """
                import ctypes
                sig = ctypes.c_int()
                ctypes.CDLL(None).prctl(2, ctypes.byref(sig))
                text(json.dumps({
                    'group': os.getpgid(0) == os.getpid(), 'deathsig': sig.value,
                    'fds': sorted(int(f) for f in os.listdir('/proc/self/fd'))[:-1],
                    'blocked': [l.split()[1] for l in open('/proc/self/status') if l.startswith('SigBlk')],
                    'terminable': signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
                    'cwd': os.getcwd(), 'variable': os.environ.get('BOT_VARIABLE'),
                    'names': sorted(set(os.environ) - {'LC_CTYPE'})}))
                """,
                environment: [NamedValue("BOT_VARIABLE", "a b=c"), NamedValue("PATH", "/usr/local/bin:/usr/bin:/bin")],
                directory: "/"))
        #expect(driver.pump { $0.end != nil })
        let report = String(decoding: try #require(driver.messages.first).bytes, as: UTF8.self)
        #expect(report.contains(#""group": true"#))
        #expect(report.contains(#""deathsig": 9"#))
        #expect(report.contains(#""fds": [0, 1, 2]"#))
        #expect(report.contains(#""blocked": ["0000000000000000"], "terminable": true"#))
        #expect(report.contains(#""cwd": "/", "variable": "a b=c""#))
        #expect(!report.contains("SWIFT"))
        driver.link.close()
        connector.shutdown()
    }

    @Test func programThatCannotBeStarted() throws {
        let connector = try Connector()
        let missing = BotEndpoint.process(try ProcessEndpoint(arguments: ["/no/such/program"]))
        #expect(try Attempt(connector, missing).error() == .spawnFailed(program: "/no/such/program", code: 2))
        let notFound = BotEndpoint.process(try ProcessEndpoint(arguments: ["no-such-program-in-path"]))
        #expect(try Attempt(connector, notFound).error() == .spawnFailed(program: "no-such-program-in-path", code: 2))
        let directory = BotEndpoint.process(try ProcessEndpoint(arguments: ["true"], workingDirectory: "/no/such"))
        #expect(try Attempt(connector, directory).error() == .spawnFailed(program: "true", code: 2))
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }

    /// End of input, SIGTERM, SIGKILL: whoever does not leave is made to.
    @Test(arguments: [
        "while read() is not None: pass",
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\ntext('up')\nwhile True: time.sleep(1)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntext('up')\nwhile True: time.sleep(1)",
    ])
    func closedLinkEndsItsChild(program: String) throws {
        let connector = try Connector()
        var driver = try self.link(connector, try python("text('up')\n" + program))
        #expect(driver.pump { !$0.messages.isEmpty })
        #expect(connector.gauges.children == 1)
        driver.link.close()
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }

    /// What was queued before the close still arrives, however late the child reads it.
    @Test func closeWritesWhatWaits() throws {
        let report = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: report) }
        let connector = try Connector()
        var driver = try self.link(
            connector,
            try python(
                """
                text('up')
                time.sleep(0.3)
                got = 0
                while (m := read()) is not None: got += 1
                open(os.environ['REPORT'], 'w').write(str(got))
                """, environment: [NamedValue("REPORT", report.path)]))
        #expect(driver.pump { !$0.messages.isEmpty })
        for _ in 0..<150 { driver.send(.binary([UInt8](repeating: 1, count: 640)), isAudio: true) }
        driver.send(.text("stop"))
        #expect(driver.link.counters.droppedAudioMessages == 0)
        driver.link.close()
        #expect(eventually { connector.gauges == ConnectorGauges() })
        #expect(try String(contentsOf: report, encoding: .utf8) == "151")
        connector.shutdown()
    }

    /// A bot that nobody took is closed by its last release.
    @Test func botThatNobodyTook() throws {
        let connector = try Connector()
        do {
            let bot = try Attempt(connector, try python("while read() is not None: pass")).bot()
            #expect(connector.gauges.children == 1)
            _ = bot
        }
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }

    @Test func shutdownEndsChildrenThatAreStillThere() throws {
        let connector = try Connector()
        let driver = try self.link(
            connector, try python("signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)"))
        let started = Reactor.now()
        connector.shutdown()
        #expect(started.duration(to: Reactor.now()) < .seconds(8))
        #expect(connector.gauges == ConnectorGauges())
        driver.link.close()
    }
}
