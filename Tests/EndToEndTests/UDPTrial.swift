import Foundation
import JSON
import Testing

/// A gateway over UDP with a trunk to each peer that is called; every one of them also lets calls of 127.0.0.1 in, which the
/// dialled number gives to a bot.
struct UDPTrial {
    /// The number that a bot answers at once, the one that its bot never gets ready for, and the one that is answered out
    /// of early media.
    static let answered = "+918000000001"
    static let ringing = "+918000000180"
    static let early = "+918000000183"
    /// Answered as the first one: of the call that its caller forgets.
    static let forgotten = "+918000000408"
    static let earlyTone = 1_900

    let gateway: ServedGateway
    let port: Int
    private let workshop: Workshop

    /// - Parameters:
    ///   - callees: their ports, by the name of their trunk; one at least.
    ///   - trunk: a further line of each trunk.
    ///   - sip: further lines of the section `sip`.
    ///   - trunks: further trunks.
    init(
        callees: [String: Int], trunk: String = "earlyMedia: send", sip: [String] = [], trunks: String = "",
        in workshop: Workshop
    ) async throws {
        self.workshop = workshop
        let names = callees.keys.sorted()
        let first = try #require(names.first)
        self.gateway = try await ServedGateway(
            """
            sip:
              listeners: [{transport: udp, address: 127.0.0.1, port: 0}]
            \(sip.map { "  \($0)\n" }.joined())
            media:
              bindAddress: 127.0.0.1
            trunks:
            \(names.map { Self.trunk($0, to: callees[$0] ?? 9, trunk) }.joined())\(trunks)
            bots:
            \(PeerTrial.bot("patient", in: workshop))
            \(PeerTrial.bot("brief", listen: 4, in: workshop))
            \(PeerTrial.bot("early", more: ["--early", "\(Self.earlyTone)", "--answer-after", "3"], in: workshop))
              deaf:
                command: [sleep, "60"]
                startDeadline: 60s
            routes:
              - {trunk: \(first), number: "\(Self.answered)", bot: patient}
              - {trunk: \(first), number: "\(Self.forgotten)", bot: patient}
              - {trunk: \(first), number: "\(Self.ringing)", bot: deaf}
              - {trunk: \(first), number: "\(Self.early)", bot: early, earlyMedia: true}
            \(try PeerTrial.recordings(in: workshop))
            """, in: workshop)
        self.port = try await self.gateway.sipPort("udp")
    }

    func place(_ trunk: String, bot: String) async throws -> String {
        try await self.gateway.place(["trunk": .string(trunk), "to": .string(PeerTrial.farNumber), "bot": .string(bot)])
    }

    /// Holds a call for `time` and takes it back.
    func hold(_ id: String, for time: Duration) async throws {
        #expect(try await self.gateway.request("POST", "/v1/calls/\(id)/hold").status == 202)
        try await Task.sleep(for: time)
        #expect(try await self.gateway.request("POST", "/v1/calls/\(id)/resume").status == 202)
    }

    /// The id of the call that came in for a number, once it is answered.
    func answeredCall(to number: String) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let calls = try await self.gateway.request("GET", "/v1/calls").json?["calls"]?.asArray ?? []
            let call = calls.first { call in
                call["direction"]?.asString == "inbound" && call["to"]?.asString == number
                    && call["answered"]?.isNull == false
            }
            if let id = call?["id"]?.asString { return id }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ChildProgram.Fault.lineMissing(
            "an answered call to \(number)", after: .seconds(30), seen: self.gateway.program.lines)
    }

    /// The record of the call that came in for a number, once it is over.
    func endedRecord(to number: String) async throws -> JSONValue {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let records = (try? self.gateway.storedRecords()) ?? []
            let record = records.first { record in
                record["direction"]?.asString == "inbound" && record["to"]?.asString == number
            }
            if let record { return record }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ChildProgram.Fault.lineMissing(
            "the record of \(number)", after: .seconds(60), seen: self.gateway.program.lines)
    }

    private static func trunk(_ name: String, to port: Int, _ more: String) -> String {
        """
          \(name):
            type: sip
            transport: udp
            addresses: ["127.0.0.1:\(port)"]
            number: "\(PeerTrial.number)"
            allowedPrefixes: ["+91"]
            bindAddress: 127.0.0.1
            \(more)

        """
    }
}
