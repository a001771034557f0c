import Addressing
import Foundation
import NIOCore
import Testing

/// How many connections the API serves at once, and how long it waits for one that says nothing.
@Suite(.serialized, .timeLimit(.minutes(2))) struct APIConnectionTests {
    private static let question = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private static func gateway(_ api: String, in workshop: Workshop) async throws -> (ChildProgram, TransportAddress) {
        let file = try workshop.write(
            "sip: {listeners: [{transport: udp, address: 127.0.0.1, port: 0}]}\n"
                + "api: {port: 0, token: \(ServedGateway.token), \(api)}\n", to: "trunkline.yaml")
        let program = try ChildProgram(Workshop.program, ["serve", "-c", file], directory: workshop.folder)
        let line = try await program.line(with: "listening on http://")
        let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
        return (program, TransportAddress(.loopback, port: port))
    }

    private static func ask(_ address: TransportAddress) async throws -> String {
        let heard = try await BareSocket.talk(to: address, saying: Self.question) {
            String(decoding: $0, as: UTF8.self).contains("\r\n\r\n")
        }
        return String(decoding: heard, as: UTF8.self)
    }

    /// All places are taken: the next is told to come back, whether it asks or says nothing, and served when one is free.
    @Test func placesAreBounded() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let (program, address) = try await Self.gateway("connections: 3", in: workshop)
        let idle = try await BareSocket.open(3, to: address)
        // The last of them may still be on its way to its place.
        try await Task.sleep(for: .milliseconds(300))
        let refusal = try await Self.ask(address)
        #expect(refusal.hasPrefix("HTTP/1.1 503 ") && refusal.contains("Retry-After: 5"), "\(refusal)")
        let silent = try await BareSocket.talk(to: address, saying: "") { _ in false }
        #expect(String(decoding: silent, as: UTF8.self).hasPrefix("HTTP/1.1 503 "))

        try await idle[0].close()
        var answer = ""
        for _ in 0..<100 where !answer.hasPrefix("HTTP/1.1 200 ") {
            answer = try await Self.ask(address)
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 "), "room again")
        for channel in idle.dropFirst() { try await channel.close() }
        try await program.stop()
    }

    /// A burst of connections leaves the process some of its descriptors: they are not accepted faster than they close.
    @Test func burstsLeaveDescriptors() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let limit = 80
        let gateway = try await ServedGateway(
            "sip: {listeners: [{transport: udp, address: 127.0.0.1, port: 0}]}", in: workshop, descriptorsMax: limit)
        let address = TransportAddress(.loopback, port: UInt16(gateway.port))
        let open = "/proc/\(gateway.program.processIdentifier)/fd"
        let watch = Task.detached {
            var most = 0
            while !Task.isCancelled {
                most = max(most, try FileManager.default.contentsOfDirectory(atPath: open).count)
            }
            return most
        }
        for _ in 0..<20 {
            try await withThrowingTaskGroup { group in
                for _ in 0..<100 { group.addTask { try? await BareSocket.open(1, to: address)[0].close() } }
                try await group.waitForAll()
            }
        }
        watch.cancel()
        // Half of the reserve of a quarter is for what nobody can ask for; one is the connection that is being refused.
        #expect(try await watch.value <= limit - limit / 8 + 1)
        #expect(try await gateway.request("GET", "/v1/gauges").status == 200)
        try await gateway.program.stop()
    }

    /// A connection without a request, or with half of one, is closed after the idle time.
    @Test(arguments: ["", "GET /healthz HTTP/1.1\r\nHost: loc"]) func silenceIsBounded(text: String) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let (program, address) = try await Self.gateway("idleTimeout: 1s", in: workshop)
        let start = ContinuousClock.now
        let heard = try await BareSocket.talk(to: address, saying: text) { _ in false }
        #expect(!String(decoding: heard, as: UTF8.self).hasPrefix("HTTP/1.1 200 "))
        #expect(.milliseconds(900) ... .seconds(20) ~= ContinuousClock.now - start)
        try await program.stop()
    }
}
