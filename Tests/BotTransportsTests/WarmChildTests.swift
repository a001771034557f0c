import BotProtocol
import BotTransports
import Reactor
import Testing
import Timekeeping

/// Processes that are started ahead of their calls.
@Suite(.serialized) struct WarmChildTests {
    private func process(_ endpoint: BotEndpoint) throws -> ProcessEndpoint {
        guard case .process(let process) = endpoint else { preconditionFailure("a process was asked for") }
        return process
    }

    /// Each call gets one that waited, which says who it is; the pool is whole again afterwards.
    @Test func takenAndRefilled() throws {
        let endpoint = try python("read(); text(str(os.getpid())); read()")
        let connector = try Connector(warm: [try self.process(endpoint): 2])
        #expect(eventually { connector.gauges == ConnectorGauges(warmChildren: 2) })
        var names: Set<String> = []
        for _ in 0..<3 {
            var driver = LinkDriver(try #require(BotLink(try Attempt(connector, endpoint).bot())))
            driver.send(.text("start"))
            #expect(driver.pump { !$0.messages.isEmpty })
            names.insert(String(decoding: driver.messages[0].bytes, as: UTF8.self))
            driver.link.close()
            #expect(eventually { connector.gauges == ConnectorGauges(warmChildren: 2) })
        }
        #expect(names.count == 3)
        connector.shutdown()
    }

    /// More calls than wait at once: those start their own, and none waits for the pool.
    @Test func morePlainThanWarm() throws {
        let endpoint = BotEndpoint.process(try ProcessEndpoint(arguments: ["cat"]))
        let connector = try Connector(warm: [try self.process(endpoint): 1])
        #expect(eventually { connector.gauges.warmChildren == 1 })
        let drivers = try (0..<5).map { _ in Attempt(connector, endpoint) }
            .map { LinkDriver(try #require(BotLink(try $0.bot()))) }
        #expect(eventually { connector.gauges == ConnectorGauges(children: 5, warmChildren: 1) })
        for driver in drivers { driver.link.close() }
        #expect(eventually { connector.gauges == ConnectorGauges(warmChildren: 1) })
        connector.shutdown()
    }

    /// The same program in no pool takes nothing out of one.
    @Test func poolIsForItsOwn() throws {
        let pooled = try ProcessEndpoint(arguments: ["cat"], pool: "desk")
        let connector = try Connector(warm: [pooled: 1])
        #expect(eventually { connector.gauges.warmChildren == 1 })
        let bot = try Attempt(connector, .process(try ProcessEndpoint(arguments: ["cat"]))).bot()
        #expect(eventually { connector.gauges == ConnectorGauges(children: 1, warmChildren: 1) })
        try #require(BotLink(bot)).close()
        connector.shutdown()
    }

    /// One that dies while it waits is replaced, with a back-off, and no call gets it.
    @Test func diesWhileItWaits() throws {
        // Who waits longer than half a second for its call exits.
        let endpoint = try python(
            "import select\nif not select.select([source], [], [], 0.5)[0]: sys.exit(3)\nread(); text('here'); read()")
        let connector = try Connector(warm: [try self.process(endpoint): 1])
        #expect(eventually { connector.gauges == ConnectorGauges(warmChildren: 1) })
        #expect(eventually { connector.gauges == ConnectorGauges() })
        #expect(eventually { connector.gauges == ConnectorGauges(warmChildren: 1) })
        var driver = LinkDriver(try #require(BotLink(try Attempt(connector, endpoint).bot())))
        driver.send(.text("start"))
        #expect(driver.pump { $0.messages == [.text("here")] })
        driver.link.close()
        connector.shutdown()
    }

    /// A program that cannot be started costs a try now and then; calls are told as ever.
    @Test func programThatIsNotThere() throws {
        let endpoint = BotEndpoint.process(try ProcessEndpoint(arguments: ["/no/such/program"]))
        let connector = try Connector(warm: [try self.process(endpoint): 4])
        #expect(
            try Attempt(connector, endpoint).error() == .spawnFailed(program: "/no/such/program", code: 2))
        #expect(connector.gauges == ConnectorGauges())
        connector.shutdown()
    }

    /// The end of the connector is the end of those that wait: their input ends, and they leave.
    @Test func shutdownEndsThem() throws {
        let endpoint = try python("read()")
        let connector = try Connector(warm: [try self.process(endpoint): 3])
        #expect(eventually { connector.gauges.warmChildren == 3 })
        let started = Reactor.now()
        connector.shutdown()
        #expect(started.duration(to: Reactor.now()) < .seconds(5))
        #expect(connector.gauges == ConnectorGauges())
    }
}
