import Addressing
import BotProtocol
import BotTransports
import CLinux
import Reactor
import Testing
import Timekeeping
import WebSocketFraming

/// Bots that dial the gateway, over real sockets.
@Suite(.serialized) struct BotServerTests {
    private static let secret = "a-token-of-16-or-more"

    /// A connector that listens, and its one bot.
    private struct Desk {
        let connector: Connector
        let bot: AwaitedBot
        let port: UInt16

        init(waitingMax: Int = 2) throws {
            let token = try #require(BotToken(BotServerTests.secret))
            self.bot = AwaitedBot(path: "/native/desk", token: token, waitingMax: waitingMax)
            let server = try BotServer(listeningOn: TransportAddress(.loopback, port: 0), bots: [self.bot])
            self.port = server.address.port
            self.connector = try Connector(server: server)
        }

        func dial(token: String = BotServerTests.secret, path: String = "/native/desk") throws -> DialledBot {
            try DialledBot(port: self.port, path: path, token: token)
        }

        func expect(waiting: Int) -> Bool {
            eventually { self.connector.gauges == ConnectorGauges(waitingConnections: waiting) }
        }
    }

    /// A bot's end of such a connection.
    private struct DialledBot {
        let descriptor: Int32
        private(set) var answer = ""
        private var reader = FrameReader(role: .client)

        init(port: UInt16, path: String, token: String) throws {
            var address = clinux_address()
            address.length = 4
            address.port = port
            unsafe withUnsafeMutableBytes(of: &address.bytes) { bytes in
                // Safe: four octets into sixteen.
                unsafe bytes.copyBytes(from: [127, 0, 0, 1])
            }
            // Safe: the callee reads one address.
            self.descriptor = try ReactorError.check(unsafe clinux_tcp_connect(&address), "connect")
            _ = clinux_wait_readable(-1, 20)
            self.write(
                Array(
                    ("GET \(path) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        + "Authorization: Bearer \(token)\r\n\r\n").utf8))
            var bytes: [UInt8] = []
            while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
                guard let more = self.read() else { break }
                bytes += more
            }
            self.answer = String(decoding: bytes, as: UTF8.self)
        }

        var status: String { String(self.answer.split(separator: " ").dropFirst().first ?? "") }
        /// The name of the connection, as the gateway's answer gives it.
        var name: String? {
            self.answer.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Trunkline-Connection: ") }
                .map { String($0.dropFirst("Trunkline-Connection: ".count)) }
        }

        func write(_ bytes: [UInt8]) {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                // Safe: exactly the array's bytes are read.
                unsafe clinux_write(self.descriptor, bytes.baseAddress, Int64(bytes.count))
            }
            #expect(count == Int64(bytes.count))
        }

        func send(_ opcode: Opcode, _ payload: [UInt8]) {
            var bytes: [UInt8] = []
            FrameWriter.append(opcode, payload[...], maskingKey: 7, to: &bytes)
            self.write(bytes)
        }

        func read() -> [UInt8]? {
            guard clinux_wait_readable(self.descriptor, 10_000) == 1 else { return nil }
            var bytes = [UInt8](repeating: 0, count: 8_192)
            let count = unsafe bytes.withUnsafeMutableBytes { bytes in
                // Safe: at most the buffer's length is written.
                unsafe clinux_read(self.descriptor, bytes.baseAddress, Int64(bytes.count))
            }
            return count > 0 ? Array(bytes.prefix(Int(count))) : nil
        }

        /// The next unit's payload, or nil at the end of the stream.
        mutating func receive() throws -> (unit: FrameReader.Unit, payload: [UInt8])? {
            while true {
                if let unit = try self.reader.next() {
                    switch unit {
                    case .text(let range), .binary(let range), .ping(let range), .pong(let range),
                        .close(_, reason: let range):
                        return (unit, Array(self.reader.buffer[range]))
                    }
                }
                guard let bytes = self.read() else { return nil }
                self.reader.append(bytes[...])
            }
        }

        func hangUp() { _ = clinux_close(self.descriptor) }
    }

    /// A bot that waits is given to the next call, and both sides speak: ours without a mask, theirs with one.
    @Test func waitsAndTakesACall() throws {
        let desk = try Desk()
        var bot = try desk.dial()
        #expect(bot.status == "101")
        #expect(desk.expect(waiting: 1))
        bot.send(.ping, [9])
        #expect(try bot.receive()?.payload == [9])
        let connected = try Attempt(desk.connector, .awaited(desk.bot)).bot()
        #expect(connected.connectionName != nil && connected.connectionName == bot.name)
        #expect(desk.expect(waiting: 0))
        var driver = LinkDriver(try #require(BotLink(connected)))
        driver.send(.text("start"))
        #expect(try bot.receive()?.payload == Array("start".utf8))
        bot.send(.binary, [1, 2])
        bot.send(.text, Array("ready".utf8))
        #expect(driver.pump { $0.messages.count == 2 })
        #expect(driver.messages == [.binary([1, 2]), .text("ready")])
        driver.link.close()
        #expect(try bot.receive()?.unit == .close(.normal, reason: 4..<4))
        bot.hangUp()
        #expect(desk.expect(waiting: 0))
        desk.connector.shutdown()
    }

    /// A call that finds nobody gets the first bot that dials; one for which none dials is told so at its deadline.
    @Test func callsThatWait() throws {
        let desk = try Desk()
        let attempt = Attempt(desk.connector, .awaited(desk.bot))
        #expect(eventually { desk.connector.gauges.attempts == 1 })
        let bot = try desk.dial()
        #expect(try attempt.bot().connectionName == bot.name)
        bot.hangUp()
        let vain = Attempt(desk.connector, .awaited(desk.bot), deadline: .milliseconds(200))
        #expect(try vain.error() == .noneWaiting(path: "/native/desk"))
        #expect(vain.completionCount == 1)
        #expect(desk.expect(waiting: 0))
        desk.connector.shutdown()
    }

    /// A call that was given up while it waited takes no bot away from the next.
    @Test func callThatWasGivenUp() throws {
        let desk = try Desk()
        let ended = Attempt(desk.connector, .awaited(desk.bot), isWanted: { false })
        let alive = Attempt(desk.connector, .awaited(desk.bot))
        #expect(eventually { desk.connector.gauges.attempts == 2 })
        let bot = try desk.dial()
        #expect(try alive.bot().connectionName == bot.name)
        #expect(try ended.error() == .noneWaiting(path: "/native/desk"))
        bot.hangUp()
        desk.connector.shutdown()
    }

    @Test(arguments: [
        ("a-token-that-is-wrong", "/native/desk", "401"), (secret, "/native/nobody", "404"), (secret, "/", "404"),
    ])
    func refused(token: String, path: String, status: String) throws {
        let desk = try Desk()
        let bot = try desk.dial(token: token, path: path)
        #expect(bot.status == status)
        #expect(bot.read() == nil)
        bot.hangUp()
        #expect(desk.expect(waiting: 0))
        desk.connector.shutdown()
    }

    /// The stated number waits, one more gets 503, and has room when one has left: at once, by the end of its stream.
    @Test func tooMany() throws {
        let desk = try Desk(waitingMax: 2)
        let first = try desk.dial()
        let second = try desk.dial()
        #expect(desk.expect(waiting: 2))
        let third = try desk.dial()
        #expect(third.status == "503")
        #expect(third.answer.contains("Retry-After: "))
        third.hangUp()
        first.hangUp()
        #expect(desk.expect(waiting: 1))
        let fourth = try desk.dial()
        #expect(fourth.status == "101")
        // The one that has waited longest comes first.
        #expect(try Attempt(desk.connector, .awaited(desk.bot)).bot().connectionName == second.name)
        second.hangUp()
        fourth.hangUp()
        #expect(desk.expect(waiting: 0))
        desk.connector.shutdown()
    }

    /// A bot that has gone is given to no call, even when nobody has looked at it since.
    @Test func goneBeforeTheCall() throws {
        let desk = try Desk()
        let gone = try desk.dial()
        let there = try desk.dial()
        #expect(desk.expect(waiting: 2))
        gone.hangUp()
        #expect(try Attempt(desk.connector, .awaited(desk.bot)).bot().connectionName == there.name)
        there.hangUp()
        desk.connector.shutdown()
    }

    /// Who speaks without a call is sent away with 1008.
    @Test func spokeEarly() throws {
        let desk = try Desk()
        var bot = try desk.dial()
        bot.send(.text, Array("hello".utf8))
        guard case .close(let code, _) = try bot.receive()?.unit else {
            Issue.record("no close frame")
            return
        }
        #expect(code?.rawValue == 1008)
        bot.hangUp()
        #expect(desk.expect(waiting: 0))
        desk.connector.shutdown()
    }

    /// What is no WebSocket, or is never finished, costs its own connection only.
    @Test func hostileConnections() throws {
        let desk = try Desk()
        var silent: [Int32] = []
        for _ in 0..<80 {
            var address = clinux_address()
            address.length = 4
            address.port = desk.port
            unsafe withUnsafeMutableBytes(of: &address.bytes) { bytes in
                // Safe: four octets into sixteen.
                unsafe bytes.copyBytes(from: [127, 0, 0, 1])
            }
            // Safe: the callee reads one address.
            silent.append(try ReactorError.check(unsafe clinux_tcp_connect(&address), "connect"))
        }
        for descriptor in silent { _ = clinux_close(descriptor) }
        let bot = try desk.dial()
        #expect(bot.status == "101")
        bot.hangUp()
        #expect(desk.expect(waiting: 0))
        desk.connector.shutdown()
    }

    /// At the end a bot that waits is told that the gateway goes away, and a call that waits that it does.
    @Test func shutdown() throws {
        let desk = try Desk()
        var bot = try desk.dial()
        #expect(desk.expect(waiting: 1))
        _ = try Attempt(desk.connector, .awaited(desk.bot)).bot()
        let waiting = Attempt(desk.connector, .awaited(desk.bot))
        #expect(eventually { desk.connector.gauges.attempts == 1 })
        bot.hangUp()
        bot = try DialledBot(port: desk.port, path: "/native/desk", token: Self.secret)
        #expect(try waiting.bot().connectionName == bot.name)
        bot.hangUp()
        bot = try desk.dial()
        #expect(desk.expect(waiting: 1))
        let connector = desk.connector
        let closer = try LoopThread.start(name: "closer") { _ in connector.shutdown() }
        guard case .close(let code, _) = try bot.receive()?.unit else {
            Issue.record("no close frame")
            return
        }
        #expect(code == .goingAway)
        bot.hangUp()
        closer.join()
    }

    /// Two gateways on one port: the second is told at its start.
    @Test func portInUse() throws {
        let first = try BotServer(listeningOn: TransportAddress(.loopback, port: 0), bots: [])
        #expect(throws: ReactorError.systemCall("listen", code: 98)) {
            try BotServer(listeningOn: first.address, bots: [])
        }
        try Connector(server: first).shutdown()
    }
}
