import BotProtocol
import BotTransports
import CLinux
import Reactor
import Testing
import Timekeeping
import WebSocketFraming

/// Attempts that fail: each by its own name, within its deadline, with nothing left open.
@Suite(.serialized) struct ConnectorTests {
    private func error(of url: String, deadline: Duration = .seconds(20)) throws -> BotConnectionError? {
        let connector = try Connector()
        defer { connector.shutdown() }
        let attempt = Attempt(connector, .webSocket(try WebSocketEndpoint(url: url)), deadline: deadline)
        let error = try attempt.error()
        #expect(eventually { connector.gauges == ConnectorGauges() })
        #expect(attempt.completionCount == 1)
        return error
    }

    @Test func nobodyListens() throws {
        var port: UInt16 = 0
        // Safe: the callee writes one port.
        let listener = try ReactorError.check(unsafe clinux_tcp_listen_loopback(&port), "listen")
        _ = clinux_close(listener)
        #expect(try self.error(of: "ws://127.0.0.1:\(port)/") == .connectFailed(host: "127.0.0.1:\(port)", code: 111))
        #expect(try self.error(of: "ws://[::1]:\(port)/") != nil)
    }

    @Test(arguments: [
        (
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
            BotConnectionError.handshakeFailed(.refused(status: 401))
        ),
        ("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n", .handshakeFailed(.wrongField("Connection"))),
        ("SSH-2.0-x\r\n\r\n", .handshakeFailed(.malformedHead)),
        ("", .closedInHandshake),
    ])
    func serverThatIsNoWebSocket(answer: String, error: BotConnectionError) throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write(Array(answer.utf8))
        }
        #expect(try self.error(of: server.url) == error)
        #expect(!error.description.isEmpty)
        server.join()
    }

    @Test func serverThatNeverAnswers() throws {
        let server = try TestServer { connection in
            _ = connection.read()
            _ = connection.read()
        }
        let started = Reactor.now()
        #expect(
            try self.error(of: server.url, deadline: .milliseconds(300)) == .deadlineExceeded(phase: .handshake))
        #expect(started.duration(to: Reactor.now()) >= .milliseconds(300))
        server.join()
    }

    @Test func deadlineThatHasPassed() throws {
        #expect(try self.error(of: "ws://127.0.0.1:9/", deadline: .zero) == .deadlineExceeded(phase: .queue))
    }

    /// Names go through the resolver; the machine's own name for itself works everywhere.
    @Test func names() throws {
        let server = try TestServer { connection in
            connection.accept(extra: [0x81, 2, 0x68, 0x69])
            while connection.receive() != nil {}
        }
        let connector = try Connector()
        let endpoint = try WebSocketEndpoint(url: "ws://localhost:\(server.port)")
        #expect(endpoint.target == "/")
        var driver = LinkDriver(try #require(BotLink(try Attempt(connector, .webSocket(endpoint)).bot())))
        #expect(driver.pump { !$0.messages.isEmpty })
        driver.link.close()
        server.join()
        connector.shutdown()
        // RFC 6761 section 6.4: a name that exists nowhere.
        let error = try self.error(of: "ws://no-such-name.invalid/", deadline: .seconds(15))
        #expect([.unresolvable(host: "no-such-name.invalid"), .deadlineExceeded(phase: .resolution)].contains(error))
    }

    /// Every attempt is answered once, also those that a shutdown meets half-way.
    @Test func shutdownAnswersEveryAttempt() throws {
        let connector = try Connector()
        let server = try TestServer { connection in
            _ = connection.read()
            _ = connection.read()
        }
        let attempt = Attempt(connector, .webSocket(try WebSocketEndpoint(url: server.url)))
        #expect(eventually { connector.gauges.attempts == 1 })
        connector.shutdown()
        #expect(try attempt.error() == .shutDown)
        #expect(attempt.completionCount == 1)
        let late = Attempt(connector, .webSocket(try WebSocketEndpoint(url: server.url)))
        #expect(try late.error() == .queueFull)
        server.join()
    }

    /// Fifty children at once, each heard, none left.
    @Test func manyChildren() throws {
        let connector = try Connector()
        let endpoint = BotEndpoint.process(try ProcessEndpoint(arguments: ["cat"]))
        let attempts = (0..<50).map { _ in Attempt(connector, endpoint) }
        var drivers = try attempts.map { LinkDriver(try #require(BotLink(try $0.bot()))) }
        #expect(connector.gauges.children == 50)
        for index in drivers.indices {
            drivers[index].send(.text("bot \(index)"))
        }
        for index in drivers.indices {
            #expect(drivers[index].pump { !$0.messages.isEmpty })
            #expect(drivers[index].messages == [.text("bot \(index)")])
            drivers[index].link.close()
        }
        #expect(eventually { connector.gauges == ConnectorGauges() })
        connector.shutdown()
    }
}
