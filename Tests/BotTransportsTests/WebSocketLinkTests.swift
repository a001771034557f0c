import BotProtocol
import BotTransports
import CLinux
import Reactor
import Testing
import Timekeeping
import WebSocketFraming

/// A dialled WebSocket on loopback, against servers that behave and servers that do not.
@Suite(.serialized) struct WebSocketLinkTests {
    private func link(_ connector: Connector, _ server: TestServer) throws -> LinkDriver {
        let endpoint = BotEndpoint.webSocket(try WebSocketEndpoint(url: server.url))
        return LinkDriver(try #require(BotLink(try Attempt(connector, endpoint).bot())))
    }

    @Test func messagesGoBothWays() throws {
        let connector = try Connector()
        let report = Report<[String]>()
        let server = try TestServer { connection in
            connection.accept()
            report.add([
                connection.opening?.target ?? "", connection.opening?.head.value(of: "Authorization") ?? "",
                connection.opening?.head.value(of: "X-Call") ?? "", connection.opening?.head.value(of: "Host") ?? "",
            ])
            while let (opcode, payload) = connection.receive(), opcode != .close { connection.send(opcode, payload) }
            connection.sendClose(.normal)
        }
        let url = "ws://user:p%40ss@127.0.0.1:\(server.port)/bot?x=1"
        let endpoint = try WebSocketEndpoint(url: url, headers: [NamedValue("X-Call", "c-1")])
        var driver = LinkDriver(try #require(BotLink(try Attempt(connector, .webSocket(endpoint)).bot())))
        #expect(driver.link.readDescriptor == driver.link.writeDescriptor)
        let big = (0..<60_000).map { UInt8(truncatingIfNeeded: $0) }
        driver.send(.text("hello"), .binary([1, 2, 3]), .binary([]), .binary(big))
        #expect(driver.pump { $0.messages.count == 4 })
        #expect(driver.messages == [.text("hello"), .binary([1, 2, 3]), .binary([]), .binary(big)])
        #expect(driver.link.counters.receivedMessages == 4)
        #expect(driver.link.counters.sentMessages == 4)
        #expect(driver.link.counters.sentBytes == UInt64(8 + big.count))
        driver.link.close()
        server.join()
        #expect(report.all == [["/bot?x=1", "Basic dXNlcjpwQHNz", "c-1", "127.0.0.1:\(server.port)"]])
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }

    /// Frames that come in the same segment as the handshake's answer are not lost.
    @Test func framesRightBehindTheHandshake() throws {
        let connector = try Connector()
        let server = try TestServer { connection in
            connection.accept(extra: [0x81, 2, 0x68, 0x69])
            _ = connection.receive()
        }
        var driver = try self.link(connector, server)
        #expect(driver.pump { !$0.messages.isEmpty })
        #expect(driver.messages == [.text("hi")])
        driver.link.close()
        connector.shutdown()
        server.join()
    }

    @Test(
        arguments: [
            (CloseCode.normal, BotLinkEnd.closedByBot(.normal), true),
            (.goingAway, .closedByBot(.goingAway), true),
            (nil, .closedByBot(nil), true),
            (.internalError, .closedByBot(.internalError), false),
        ] as [(CloseCode?, BotLinkEnd, Bool)])
    func botCloses(code: CloseCode?, end: BotLinkEnd, isOrderly: Bool) throws {
        let connector = try Connector()
        let report = Report<[UInt8]>()
        let server = try TestServer { connection in
            connection.accept()
            connection.send(.binary, [7])
            connection.sendClose(code)
            while let (opcode, payload) = connection.receive() {
                if opcode == .close { report.add(payload) }
            }
        }
        var driver = try self.link(connector, server)
        #expect(driver.pump { $0.end != nil })
        #expect(driver.messages == [.binary([7])])
        #expect(driver.end == end)
        #expect(driver.end?.isOrderly == isOrderly)
        driver.link.close()
        server.join()
        // The same code goes back.
        #expect(report.all == [code.map { [UInt8($0.rawValue >> 8), UInt8(truncatingIfNeeded: $0.rawValue)] } ?? []])
        connector.shutdown()
    }

    /// A hostile server costs its own call only: the fault is named, and told to it by the right close code.
    @Test(
        arguments: [
            ([0xC1, 0], WebSocketError.reservedBits, 1002),
            ([0x81, 2, 0xFF, 0xFF], .malformedUTF8, 1007),
            ([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0], .messageTooLong(limit: 1_048_576), 1009),
            ([0x82, 0x81, 1, 2, 3, 4, 5], .unexpectedMask, 1002),
            (Array("HTTP/1.1 500 oops\r\n\r\n".utf8), .reservedBits, 1002),
        ] as [([UInt8], WebSocketError, UInt16)])
    func serverThatBreaksTheRules(bytes: [UInt8], error: WebSocketError, code: UInt16) throws {
        let connector = try Connector()
        let report = Report<[UInt8]>()
        let server = try TestServer { connection in
            connection.accept()
            connection.write(bytes)
            while let (opcode, payload) = connection.receive() {
                if opcode == .close { report.add(payload) }
            }
        }
        var driver = try self.link(connector, server)
        #expect(driver.pump { $0.end != nil })
        #expect(driver.end == .failed(.webSocket(error)))
        driver.link.close()
        server.join()
        #expect(report.all == [[UInt8(code >> 8), UInt8(truncatingIfNeeded: code)]])
        connector.shutdown()
    }

    @Test func connectionThatBreaksOff() throws {
        let connector = try Connector()
        let server = try TestServer { connection in connection.accept(extra: [0x82, 1, 9]) }
        var driver = try self.link(connector, server)
        #expect(driver.pump { $0.end != nil })
        #expect(driver.messages == [.binary([9])])
        #expect(driver.end == .failed(.endOfStream) || driver.end == .failed(.systemCall(code: 104)))
        #expect(driver.end?.isOrderly == false)
        driver.link.close()
        server.join()
        connector.shutdown()
    }

    /// Pings are answered, a flood of them by the latest only (section 5.5.3), and no memory grows.
    @Test func pings() throws {
        let connector = try Connector()
        let report = Report<[UInt8]>()
        let server = try TestServer { connection in
            connection.accept()
            for number in 0..<2_000 {
                connection.send(.ping, [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)])
            }
            connection.send(.text, Array("end".utf8))
            while let (opcode, payload) = connection.receive() {
                if opcode == .pong { report.add(payload) }
                if payload == [0xCF, 0x07] { break }
            }
        }
        var driver = try self.link(connector, server)
        #expect(driver.pump { !$0.messages.isEmpty })
        server.join()
        #expect(report.all.last == [0xCF, 0x07])
        #expect(report.all.count < 2_000)
        driver.link.close()
        connector.shutdown()
    }

    /// The gateway pings who is silent, and gives up who stays silent.
    @Test func keepAlive() throws {
        let connector = try Connector()
        let report = Report<Opcode>()
        let server = try TestServer { connection in
            connection.accept()
            while let (opcode, _) = connection.receive(), opcode != .close { report.add(opcode) }
        }
        var driver = try self.link(connector, server)
        let now = Reactor.now()
        driver.link.keepAlive(at: now + .seconds(10))
        driver.pump()
        #expect(report.all.isEmpty)
        driver.link.keepAlive(at: now + .seconds(21))
        driver.pump()
        #expect(eventually { report.all == [.ping] })
        driver.link.keepAlive(at: now + .seconds(80))
        driver.pump()
        #expect(driver.end == nil)
        driver.link.keepAlive(at: now + .seconds(82))
        driver.pump()
        #expect(driver.end == .failed(.silent))
        driver.link.close()
        server.join()
        connector.shutdown()
    }

    /// A server that reads nothing loses audio; what waits for it stays bounded.
    @Test func serverThatReadsNothing() throws {
        let connector = try Connector()
        let server = try TestServer { connection in
            connection.accept()
            _ = clinux_wait_readable(-1, 1_500)
        }
        var driver = try self.link(connector, server)
        let audio = Message.binary([UInt8](repeating: 7, count: 640))
        var accepted = 0
        for _ in 0..<20_000 where driver.send(audio, isAudio: true) { accepted += 1 }
        #expect(driver.link.counters.droppedAudioMessages == UInt64(20_000 - accepted))
        #expect(accepted < 15_000)
        #expect(driver.send(.text("control")))
        driver.pump()
        #expect(driver.end == nil)
        driver.link.close()
        server.join()
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }

    @Test(
        arguments: [
            (BotLink.CloseReason.finished, [0x03, 0xE8]), (.protocolFailure, [0x03, 0xF0]), (.goingAway, [0x03, 0xE9]),
        ] as [(BotLink.CloseReason, [UInt8])])
    func gatewayCloses(reason: BotLink.CloseReason, code: [UInt8]) throws {
        let connector = try Connector()
        let report = Report<[UInt8]>()
        let server = try TestServer { connection in
            connection.accept()
            while let (_, payload) = connection.receive() { report.add(payload) }
        }
        let driver = try self.link(connector, server)
        driver.send(.text("stop"))
        driver.link.close(reason)
        driver.link.close(reason)
        server.join()
        #expect(report.all == [Array("stop".utf8), code])
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }

    /// A link can be made once; a bot that nobody took is closed with a farewell all the same.
    @Test func oneLinkABot() throws {
        let connector = try Connector()
        let server = try TestServer { connection in
            connection.accept()
            while connection.receive() != nil {}
        }
        let bot = try Attempt(connector, .webSocket(try WebSocketEndpoint(url: server.url))).bot()
        let first = BotLink(bot)
        #expect(first != nil)
        #expect(BotLink(bot) == nil)
        first?.close()
        server.join()
        connector.shutdown()
    }
}
