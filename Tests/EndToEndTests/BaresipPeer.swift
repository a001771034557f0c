import Addressing
import Foundation
import JSON

/// baresip without a sound card: a user agent over TLS that insists on SRTP, plays one tone, keeps what it hears.
struct BaresipPeer {
    let program: ChildProgram
    let tlsPort: Int
    private let controlPort: Int
    private let folder: URL

    /// How it takes a call.
    enum Answer: String {
        /// At once.
        case auto
        /// With 183 and its audio; the 200 comes when it is told to accept.
        case early
    }

    /// Starts it and waits until it can be told what to do.
    ///
    /// - Parameter user: whose calls it answers.
    init(
        user: String, answer: Answer = .auto, certificates: PeerCertificates, in workshop: Workshop
    ) async throws {
        let path = try PeerProgram.path(of: "baresip")
        let ports = try await PeerProgram.freePorts(64)
        self.folder = URL(filePath: try workshop.makeFolder("baresip"))
        self.tlsPort = ports + 1
        self.controlPort = ports + 2
        let values = [
            "SIP": "\(ports)", "TLS": "\(ports + 1)", "CONTROL": "\(ports + 2)", "RTP": "\(ports + 4)-\(ports + 63)",
            "CERTIFICATE": certificates.both, "AUTHORITY": certificates.authority, "FOLDER": self.folder.path(),
            "USER": user, "ANSWER": answer.rawValue,
        ]
        try workshop.write(try PeerProgram.template("baresip-config", values), to: "baresip/config")
        try workshop.write(try PeerProgram.template("baresip-accounts", values), to: "baresip/accounts")
        try workshop.write("", to: "baresip/contacts")
        try PeerSound(tone: PeerSound.farTone, seconds: 30).wave.write(to: self.folder.appending(path: "says.wav"))
        // Its lines are wanted as they come, not when a buffer is full.
        self.program = try ChildProgram("stdbuf", ["-oL", path, "-4", "-v", "-s", "-f", self.folder.path()])
        try await self.program.line(with: "baresip is ready")
    }

    func dial(_ uri: String) async throws {
        try await self.tell("dial", uri)
    }

    func accept() async throws {
        try await self.tell("accept")
    }

    func hold() async throws {
        try await self.tell("hold")
    }

    func resume() async throws {
        try await self.tell("resume")
    }

    func hangUp() async throws {
        try await self.tell("hangup")
    }

    /// What it heard in its only call: in one file, or one for early media and one from the answer on.
    func heard() throws -> PeerSound {
        let files = try FileManager.default.contentsOfDirectory(atPath: self.folder.path())
            .filter { $0.hasPrefix("dump-") && $0.hasSuffix("-dec.wav") }.sorted()
        guard !files.isEmpty else {
            throw ChildProgram.Fault.lineMissing("a recording", after: .zero, seen: self.program.lines)
        }
        return PeerSound(
            samples: try files.flatMap { try PeerSound(wave: self.folder.appending(path: $0).path()).samples })
    }

    /// The attributes of direction in the descriptions that the gateway sent it and that it sent, in the order of its trace.
    var directions: [String] {
        self.program.lines.compactMap { $0.wholeMatch(of: /a=(sendrecv|sendonly|recvonly|inactive)\s*/) }
            .map { String($0.1) }
    }

    /// How many packets it got and how many it missed, as it says at the end of its only call.
    func packets() async throws -> (received: Int, lost: Int) {
        let received = try await self.program.line(with: "packets:  ")
        let lost = try await self.program.line(with: "lost:  ")
        return (received.lastNumber ?? 0, lost.lastNumber ?? -1)
    }

    /// One command over its control port: JSON as a netstring, answered by a response between events.
    private func tell(_ command: String, _ parameters: String = "") async throws {
        let message: JSONValue = ["command": .string(command), "params": .string(parameters)]
        let bytes = message.encoded()
        let netstring = "\(bytes.count):\(String(decoding: bytes, as: UTF8.self)),"
        guard let port = UInt16(exactly: self.controlPort) else { return }
        _ = try await BareSocket.talk(to: TransportAddress(.loopback, port: port), saying: netstring) { heard in
            String(decoding: heard, as: UTF8.self).contains(#""response":true"#)
        }
    }
}

extension String {
    fileprivate var lastNumber: Int? {
        self.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }
    }
}
