import Foundation
import JSON

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// `trunkline serve` in a process of its own, with its API.
///
/// The configuration's `api` and `records` sections are added here; the caller gives the rest.
struct ServedGateway {
    static let token = "a-token-of-the-end-to-end-tests"

    let program: ChildProgram
    let port: Int
    private let workshop: Workshop

    /// - Parameters:
    ///   - configuration: YAML without `api` and `records`.
    ///   - descriptorsMax: what the process may have open; nil is the test's own limit.
    init(
        _ configuration: String, in workshop: Workshop, environment: [String: String] = [:],
        descriptorsMax: Int? = nil
    ) async throws {
        let file = try workshop.write(
            """
            \(configuration)
            api:
              port: 0
              token: \(Self.token)
            records:
              file: \(workshop.path("calls.jsonl"))

            """, to: "trunkline.yaml")
        try await self.init(
            file: file, in: workshop, environment: environment, descriptorsMax: descriptorsMax)
    }

    /// Starts a gateway in a folder in which one was before, with its configuration.
    init(again workshop: Workshop) async throws {
        try await self.init(file: workshop.path("trunkline.yaml"), in: workshop, environment: [:], descriptorsMax: nil)
    }

    private init(
        file: String, in workshop: Workshop, environment: [String: String], descriptorsMax: Int?
    ) async throws {
        self.workshop = workshop
        var words = [Workshop.program, "serve", "--config", file]
        // Both limits: the gateway raises the soft one itself.
        if let descriptorsMax { words = ["prlimit", "--nofile=\(descriptorsMax):\(descriptorsMax)"] + words }
        self.program = try ChildProgram(
            words[0], Array(words.dropFirst()), directory: Workshop.project, environment: environment)
        let line = try await self.program.line(with: "listening on http://")
        guard let text = line.split(separator: ":").last, let port = Int(text) else {
            throw ChildProgram.Fault.lineMissing("a port", after: .zero, seen: [line])
        }
        self.port = port
    }

    /// The port that a SIP transport (`udp`, `tcp`, `tls`) listens on.
    func sipPort(_ transport: String) async throws -> Int {
        let line = try await self.program.line(with: "listening on \(transport) ")
        return line.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    /// One request to the API.
    func request(
        _ method: String, _ path: String, body: JSONValue? = nil, token: String? = Self.token
    ) async throws -> (status: Int, json: JSONValue?) {
        guard let url = URL(string: "http://127.0.0.1:\(self.port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url, timeoutInterval: 20)
        request.httpMethod = method
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        request.httpBody = body.map { Data($0.encoded()) }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, try? JSONReader.parse(Array(data)))
    }

    /// What the API answers where that is no JSON.
    func file(_ path: String) async throws -> (status: Int, bytes: Data) {
        guard let url = URL(string: "http://127.0.0.1:\(self.port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url, timeoutInterval: 60)
        request.setValue("Bearer \(Self.token)", forHTTPHeaderField: "Authorization")
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
    }

    /// Places a call and returns its id.
    func place(_ order: JSONValue) async throws -> String {
        let (status, json) = try await self.request("POST", "/v1/calls", body: order)
        guard status == 202, let id = json?["id"]?.asString else {
            throw ChildProgram.Fault.lineMissing("202", after: .zero, seen: ["\(status) \(json as Any)"])
        }
        return id
    }

    /// Waits until `condition` holds for a call's record and returns it.
    func record(
        of id: String, within time: Duration = .seconds(60), where condition: (JSONValue) -> Bool
    ) async throws -> JSONValue {
        let deadline = ContinuousClock.now + time
        var last: JSONValue?
        while ContinuousClock.now < deadline {
            last = try await self.request("GET", "/v1/calls/\(id)").json
            if let last, condition(last) { return last }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ChildProgram.Fault.lineMissing("the awaited record", after: time, seen: ["\(last as Any)"])
    }

    func endedRecord(of id: String, within time: Duration = .seconds(120)) async throws -> JSONValue {
        try await self.record(of: id, within: time) { $0["end"]?.isNull == false }
    }

    /// What a call holds. The transactions of its signalling rest for up to 32 s more.
    static let heldByCalls = [
        "calls", "calls_waiting", "dialogs", "transactions", "sessions", "media_sessions", "port_pairs", "sockets",
        "bots", "bot_processes", "recordings",
    ]

    /// The part of it that goes at once.
    static let heldByMedia = [
        "calls", "media_sessions", "port_pairs", "sockets", "bots", "bot_processes", "recordings",
    ]

    /// Waits until nothing of any call is left, or of `held`.
    func gaugesAtRest(
        _ held: [String] = Self.heldByCalls, within time: Duration = .seconds(90)
    ) async throws -> JSONValue {
        let deadline = ContinuousClock.now + time
        var last: JSONValue?
        while ContinuousClock.now < deadline {
            last = try await self.request("GET", "/v1/gauges").json
            if let last, held.allSatisfy({ last[$0]?.asInt == 0 }) { return last }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw ChildProgram.Fault.lineMissing("gauges at rest", after: time, seen: ["\(last as Any)"])
    }

    /// The records that were written, the oldest first.
    func storedRecords() throws -> [JSONValue] {
        let text = try String(contentsOfFile: self.workshop.path("calls.jsonl"), encoding: .utf8)
        return try text.split(separator: "\n").map { try JSONReader.parse(Array($0.utf8)) }
    }
}
