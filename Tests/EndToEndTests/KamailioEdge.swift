import Foundation

/// Kamailio as a carrier's edge: TLS outside, Record-Route, the gate on Exotel's headers, so many calls in a period.
struct KamailioEdge {
    /// What the edge saw of one INVITE that opens a dialog.
    struct Arrival: Equatable {
        enum Outcome: Equatable {
            /// Sent on; with the account that it named.
            case relayed(account: String)
            case refused(Int)
        }

        /// Seconds of the edge's own clock.
        var seconds: Double
        var callID: String
        var outcome: Outcome
    }

    struct Rules {
        var callsMax = 200
        /// From the first call of a period to its end, in seconds.
        var period = 60
        var retryAfter = 5
        /// Whether X-Exotel-AccountSid is asked for.
        var isGated = true
        /// The password that every request must prove to know; nil asks for none.
        var password: String?
        /// From a request to a node to any answer of it, in milliseconds; then it is dead.
        var patience = 8_000
        /// Whether requests in a dialog go to the node whatever its Contact says.
        var isPinned = false
    }

    let program: ChildProgram
    let tlsPort: Int
    /// For UDP and TCP.
    let plainPort: Int

    /// - Parameter nodes: host, port and transport parameter of what stands behind it; the first that lives is taken.
    init(_ rules: Rules, nodes: String..., certificates: PeerCertificates, in workshop: Workshop) async throws {
        let path = try PeerProgram.path(of: "kamailio")
        let ports = try await PeerProgram.freePorts(2)
        (self.tlsPort, self.plainPort) = (ports, ports + 1)
        let folder = try workshop.makeFolder("kamailio")
        let values = [
            "TLS": "\(ports)", "PLAIN": "\(ports + 1)", "MODULES": try Self.modules(), "FOLDER": folder,
            "LIMIT": "\(rules.callsMax)", "PERIOD": "\(rules.period)", "RETRY": "\(rules.retryAfter)",
            "GATED": rules.isGated ? "1 == 1" : "1 == 0", "PATIENCE": "\(rules.patience)",
            "PASSWORD": rules.password ?? "",
        ]
        let ranks = nodes.indices.map { "1 sip:\(nodes[$0]) 0 \(nodes.count - $0)\n" }
        try workshop.write(ranks.joined(), to: "kamailio/nodes")
        let defines = (rules.password == nil ? [] : ["-A", "DIGEST"]) + (rules.isPinned ? ["-A", "PINNED"] : [])
        let file = try workshop.write(
            try PeerProgram.template("kamailio.cfg", values), to: "kamailio/kamailio.cfg")
        try workshop.write(
            try PeerProgram.template(
                "kamailio-tls.cfg",
                [
                    "KEY": certificates.key, "CERTIFICATE": certificates.certificate,
                    "AUTHORITY": certificates.authority,
                ]), to: "kamailio/tls.cfg")
        self.program = try ChildProgram(
            path, ["-f", file, "-DD", "-E", "-m", "32", "-M", "8", "-Y", folder, "-P", "\(folder)/pid"] + defines)
        // Its processes serve what the kernel queues from the moment that it listens.
        do {
            try await PeerProgram.holds(ports)
        } catch {
            throw ChildProgram.Fault.lineMissing("\(error)", after: .seconds(10), seen: self.program.lines)
        }
    }

    /// The INVITEs that opened dialogs, in the order of their arrival.
    var arrivals: [Arrival] {
        self.program.lines.compactMap { line in
            guard let match = line.firstMatch(of: /edge ([0-9.]+) INVITE (\S+) (relayed \S+|[0-9]{3})$/),
                let seconds = Double(match.1)
            else { return nil }
            let word = match.3
            let outcome = Int(word).map { Arrival.Outcome.refused($0) } ?? .relayed(account: String(word.dropFirst(8)))
            return Arrival(seconds: seconds, callID: String(match.2), outcome: outcome)
        }
    }

    /// The most calls in any window of `seconds`, wherever it begins.
    func arrivalsMax(inAny seconds: Double) -> Int {
        let moments = self.arrivals.map(\.seconds).sorted()
        return moments.indices.map { first in moments[first...].prefix { $0 - moments[first] <= seconds }.count }
            .max() ?? 0
    }

    private static func modules() throws -> String {
        let root = "/usr/lib"
        for name in try FileManager.default.contentsOfDirectory(atPath: root) {
            let path = "\(root)/\(name)/kamailio/modules"
            if FileManager.default.fileExists(atPath: "\(path)/tls.so") { return path }
        }
        throw PeerProgram.Fault.notInstalled("kamailio-tls-modules")
    }
}
