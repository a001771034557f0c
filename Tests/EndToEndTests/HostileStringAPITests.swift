import Addressing
import FlowSimulator
import Foundation
import JSON
import Testing

/// Text that would be more than text elsewhere, through the API: refused in words, and nothing leaves the gateway.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HostileStringAPITests {
    /// What injections into SIP, shells, paths and dial plans are made of.
    static let hostile = [
        "\r\nX-Evil: 1", "\n", "\r", "\0", "..", "../../etc/passwd", "%2e%2e%2f", "&Zap/g1/300", ";user=phone", "\"",
        "'",
        "@evil.example", "<sip:evil>", "$(touch x)", "`touch x`", "\u{85}", "\u{202e}", " ", "",
    ]

    /// One gateway and one carrier for all tables; at the end the carrier has seen nothing.
    @Test func nothingLeavesTheGateway() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let carrier = try await SimulatedCarrier(.tcp, in: workshop)
        let gateway = try await ServedGateway(try carrier.configuration(), in: workshop)
        let before = try Self.files(under: workshop)

        for (order, name) in Self.orders {
            let (status, json) = try await gateway.request("POST", "/v1/calls", body: order)
            #expect(status == 400, "\(name)")
            let sentence = try #require(json?["error"]?.asString, "\(name)")
            #expect(sentence.hasSuffix(".") && sentence.contains(" "), "\(name): \(sentence)")
            #expect(!sentence.unicodeScalars.contains { $0.value < 0x20 }, "\(name): \(sentence)")
        }
        try await Self.malformedBodies(gateway)
        try await Self.tokens(gateway)
        try await Self.identifiers(gateway)

        let gauges = try await gateway.gaugesAtRest()
        #expect(gauges["connections"]?.asInt == 0, "not even a connection to the carrier")
        #expect(await carrier.simulator.gauges.calls == 0)
        #expect(await carrier.simulator.reports.isEmpty)
        #expect(try Self.files(under: workshop) == before)
        #expect(!FileManager.default.fileExists(atPath: workshop.path("calls.jsonl")))

        // The gateway is as well as ever.
        let id = try await gateway.place(SimulatedCarrier.order)
        _ = try await gateway.record(of: id) { $0["answered"]?.isNull == false }
        #expect(try await gateway.request("DELETE", "/v1/calls/\(id)").status == 202)
        #expect(try await gateway.endedRecord(of: id)["end"]?["cause"]?.asString == "hangup")
        let (status, json) = try await gateway.request("DELETE", "/v1/calls/\(id)")
        #expect(status == 409)
        #expect(json?["error"]?.asString == "The call has ended already.")
        try await gateway.program.stop()
        await carrier.simulator.shutdown()
    }

    /// Orders with one hostile part each.
    private static var orders: [(JSONValue, String)] {
        var orders: [(JSONValue, String)] = []
        let good = ["trunk": "exotel", "to": SimulatedCarrier.exophone, "bot": "tone"]
        func add(_ name: String, _ changes: [(String, JSONValue)]) {
            var members = good.filter { entry in !changes.contains { $0.0 == entry.key } }
                .map { JSONMember(key: $0.key, value: .string($0.value)) }
            members += changes.map { JSONMember(key: $0.0, value: $0.1) }
            orders.append((.object(members), name))
        }
        for text in Self.hostile {
            for part in ["trunk", "bot", "to", "from"] {
                add("\(part) \(text.debugDescription)", [(part, .string((good[part] ?? "+919000000002") + text))])
            }
            add(
                "header name \(text.debugDescription)",
                [("headers", .object([JSONMember(key: "X-A\(text)", value: "1")]))])
        }
        // An own number is not for `to` with nothing added, nor is a header name: those are the good ones.
        let harmless = [
            "trunk \"\"", "bot \"\"", "to \"\"", "from \"\"", "header name \"\"", "header name \"..\"",
            "header name \"\\'\"",
            "header name \"%2e%2e%2f\"",
        ]
        orders.removeAll { harmless.contains($0.1) }
        for text in ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "\u{7f}", "", String(repeating: "x", count: 2_000)] {
            add("header value \(text.prefix(20).debugDescription)", [("headers", ["X-A": .string(text)])])
        }
        for name in [
            "Via", "from", "v", "Content-Length", "Proxy-Authorization", "X-Exotel-CallSid", "x_exotel_trunk_sid",
            "X-Exotel-AccountSid", "Contact", "Route",
        ] {
            add("header \(name)", [("headers", .object([JSONMember(key: name, value: "1")]))])
        }
        let many = (0...32).map { JSONMember(key: "X-\($0)", value: "1") }
        add("33 headers", [("headers", .object(many))])
        add("a foreign destination", [("to", "+449000000002")])
        add("a number that is too long", [("to", "+9180000000011234567")])
        return orders
    }

    private static func malformedBodies(_ gateway: ServedGateway) async throws {
        let bodies: [(body: String, status: Int)] = [
            ("", 400), ("{", 400), ("[]", 400), ("null", 400), ("\"text\"", 400), ("{\"trunk\":\"exotel\"}", 400),
            (#"{"trunk":"exotel","to":"+918000000001","bot":"tone","color":"red"}"#, 400),
            (#"{"trunk":1,"to":"+918000000001","bot":"tone"}"#, 400),
            (#"{"trunk":"exotel","to":918000000001,"bot":"tone"}"#, 400),
            (#"{"trunk":"exotel","to":"+918000000001","bot":["tone"]}"#, 400),
            (#"{"trunk":"exotel","to":"+918000000001","bot":"tone","headers":["X-A"]}"#, 400),
            (#"{"trunk":"exotel","to":"+918000000001","bot":"tone","headers":{"X-A":1}}"#, 400),
            (#"{"trunk":"exotel","to":"+918000000001","bot":"tone","record":"yes"}"#, 400),
            (#"{"trunk":"exotel","to":"+918000000001","bot":"tone","ring_seconds":0}"#, 400),
            (#"{"trunk":"exotel","to":"+918000000001","bot":"tone","ring_seconds":1.5}"#, 400),
            (
                #"{"trunk":"exotel","to":"+918000000001","bot":"tone","maximum_duration_seconds":99999999999999999999}"#,
                400
            ),
            (#"{"trunk":"exotel","trunk":"exotel","to":"+918000000001","bot":"tone"}"#, 400),
            (String(repeating: "[", count: 30_000), 400),
            (String(repeating: "{\"a\":", count: 10_000), 400),
            ("{\"trunk\":\"" + String(repeating: "x", count: 70_000) + "\"}", 413),
        ]
        for (body, status) in bodies {
            let answer = try await Self.send(body, to: gateway)
            #expect(answer.status == status, "\(body.prefix(100))")
            #expect(answer.json?["error"]?.asString?.isEmpty == false, "\(body.prefix(100))")
        }
    }

    private static func tokens(_ gateway: ServedGateway) async throws {
        for token in [nil, "", "wrong", ServedGateway.token + "x", String(ServedGateway.token.dropLast())] {
            for (method, path) in [("POST", "/v1/calls"), ("GET", "/v1/calls"), ("GET", "/v1/gauges")] {
                let body = method == "POST" ? SimulatedCarrier.order : JSONValue?.none
                let (status, json) = try await gateway.request(method, path, body: body, token: token)
                #expect(status == 401, "\(method) \(path)")
                #expect(json?["error"]?.asString?.contains("bearer token") == true)
            }
        }
        #expect(try await gateway.request("GET", "/healthz", token: nil).status == 200)
    }

    private static func identifiers(_ gateway: ServedGateway) async throws {
        let unknown = String(repeating: "0", count: 32)
        for id in [unknown, "..", "%2e%2e", "%2e%2e%2fetc%2fpasswd", "x%00", "%0d%0aX-Evil:1", "ABC", unknown + "0"] {
            for (method, suffix) in [("GET", ""), ("DELETE", ""), ("GET", "/ladder")] {
                let text = try await Self.raw("\(method) /v1/calls/\(id)\(suffix)", to: gateway)
                #expect(
                    text.hasPrefix("HTTP/1.1 404") || text.hasPrefix("HTTP/1.1 400"),
                    "\(method) \(id): \(text.prefix(60))")
                #expect(!text.contains("X-Evil"), "\(method) \(id)")
            }
        }
    }

    private static func send(_ body: String, to gateway: ServedGateway) async throws -> (status: Int, json: JSONValue?)
    {
        let answer = try await Self.raw("POST /v1/calls", body: body, to: gateway)
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        return (Int(answer.dropFirst(9).prefix(3)) ?? 0, try? JSONReader.parse(Array((parts.last ?? "").utf8)))
    }

    /// A request whose path and body no client library has tidied up.
    private static func raw(_ line: String, body: String = "", to gateway: ServedGateway) async throws -> String {
        let bytes = try await BareSocket.talk(
            to: TransportAddress(.loopback, port: UInt16(gateway.port)),
            saying: "\(line) HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer \(ServedGateway.token)\r\n"
                + "Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)", until: { _ in false })
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Every file of the test's folder.
    private static func files(under workshop: Workshop) throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: workshop.folder.path()))
    }
}
