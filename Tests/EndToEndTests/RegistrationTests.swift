import Foundation
import JSON
import Testing

/// A trunk that registers, against a registrar in Python that checks the digest by its own arithmetic.
@Suite(.timeLimit(.minutes(2))) struct RegistrationTests {
    private struct Bench {
        let workshop: Workshop
        let registrar: ChildProgram
        let log: String
        let gateway: ServedGateway

        init(_ options: [String]) async throws {
            self.workshop = try Workshop()
            self.log = self.workshop.path("registrar.jsonl")
            let script = Workshop.project.appending(path: "Tests/EndToEndTests/Peers/registrar.py").path()
            self.registrar = try ChildProgram(
                "python3",
                [script, "--log", self.log, "--user", "trunk", "--password", "s3cret", "--realm", "carrier.example"]
                    + options)
            let port = try await self.registrar.line(with: "port ").split(separator: " ")[1]
            self.gateway = try await ServedGateway(
                """
                sip:
                  listeners:
                    - {transport: tcp, address: 127.0.0.1, port: 0}
                trunks:
                  carrier:
                    type: sip
                    transport: tcp
                    addresses: ["127.0.0.1:\(port)"]
                    fromDomain: carrier.example
                    bindAddress: 127.0.0.1
                    account: {username: trunk, password: s3cret}
                    register: {expires: 60s}
                """, in: self.workshop)
        }

        /// Waits until the registrar has answered so often.
        func answers(_ count: Int) async throws -> [JSONValue] {
            let deadline = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < deadline {
                let events = CarrierBench.events(in: self.log)
                if events.count >= count { return events }
                try await Task.sleep(for: .milliseconds(50))
            }
            throw ChildProgram.Fault.lineMissing(
                "\(count) answers", after: .seconds(60), seen: CarrierBench.events(in: self.log).map { "\($0)" })
        }

        func registrations(_ count: Int) async throws {
            let deadline = ContinuousClock.now + .seconds(30)
            var last: JSONValue?
            while ContinuousClock.now < deadline {
                last = try await self.gateway.request("GET", "/v1/gauges").json
                if last?["registrations"]?.asInt == count { return }
                try await Task.sleep(for: .milliseconds(50))
            }
            throw ChildProgram.Fault.lineMissing(
                "\(count) registrations", after: .seconds(30), seen: ["\(last as Any)"])
        }

        func close() async throws {
            try await self.registrar.stop()
            self.workshop.remove()
        }
    }

    private static func words(_ events: [JSONValue]) -> [String] { events.compactMap { $0["did"]?.asString } }

    /// Challenged, bound, refreshed in time with the nonce that is known, and given up at the end.
    @Test(arguments: ["MD5", "SHA-256"]) func bindingIsKept(algorithm: String) async throws {
        let bench = try await Bench(["--algorithm", algorithm, "--lifetime", "8"])
        try await bench.registrations(1)
        let events = try await bench.answers(3)
        #expect(Self.words(Array(events.prefix(3))) == ["answered 401", "answered 200", "answered 200"])
        #expect(events.prefix(3).compactMap { $0["sequence"]?.asInt } == [1, 2, 3])
        #expect(Set(events.compactMap { $0["call_id"]?.asString }).count == 1)
        let port = try await bench.gateway.sipPort("tcp")
        #expect(events[0]["contact"]?.asString?.contains("127.0.0.1:\(port)") == true)
        #expect(events[0]["expires"]?.asInt == 60)
        try await bench.gateway.program.stop()
        let last = try #require(CarrierBench.events(in: bench.log).last)
        #expect(last["expires"]?.asInt == 0 && last["did"]?.asString == "answered 200")
        try await bench.close()
    }

    /// A registrar that fails is asked again when it says so; a wrong password is not bound, and the log says why.
    @Test func failuresAreSurvivedAndTold() async throws {
        let failing = try await Bench(["--fail", "1"])
        try await failing.registrations(1)
        #expect(
            Self.words(Array(try await failing.answers(3).prefix(3)))
                == ["answered 401", "answered 503", "answered 200"])
        try await failing.gateway.program.stop()
        try await failing.close()

        let wrong = try await Bench(["--password", "another"])
        _ = try await wrong.answers(2)
        _ = try await wrong.gateway.program.line(with: "not registered")
        try await wrong.registrations(0)
        #expect(!wrong.gateway.program.lines.joined().contains("s3cret"))
        try await wrong.gateway.program.stop()
        try await wrong.close()
    }
}
