import Addressing
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A program of Debian that is a peer of the gateway in tests: where it is, its files, its ports.
enum PeerProgram {
    enum Fault: Error, CustomStringConvertible {
        case notInstalled(String)
        case placeholderLeft(String, in: String)
        case noFreePorts(Int)
        case notHeld(Int)

        var description: String {
            switch self {
            case .notInstalled(let name): "\(name) is not installed: run `make setup-tests`"
            case .placeholderLeft(let placeholder, let file): "\(file) still has \(placeholder)"
            case .notHeld(let port): "no program came to listen on port \(port)"
            case .noFreePorts(let count): "there are no \(count) free ports in a row on 127.0.0.1"
            }
        }
    }

    /// The path of an installed program. Also looks where daemons are, which is not on every user's PATH.
    static func path(of name: String) throws(Fault) -> String {
        let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = search.split(separator: ":").map(String.init) + ["/usr/sbin"]
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw .notInstalled(name)
    }

    /// A file of the folder `Peers`, each `@NAME@` replaced by its value.
    static func template(_ name: String, _ values: [String: String]) throws -> String {
        var text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        for (placeholder, value) in values { text = text.replacing("@\(placeholder)@", with: value) }
        if let left = text.firstMatch(of: /@[A-Z]+@/) { throw Fault.placeholderLeft(String(left.output), in: name) }
        return text
    }

    static let folder = Workshop.project.appending(path: "Tests/EndToEndTests/Peers")

    /// The first of `count` ports in a row that nobody holds, for UDP and TCP on 127.0.0.1.
    ///
    /// They lie above the kernel's ephemeral ports and the gateway's media ports, so that only another test run could take
    /// one before the peer does; no port is handed out twice.
    static func freePorts(_ count: Int) async throws -> Int {
        for _ in 0..<Self.portRange.count / count {
            let first = Self.nextPort.withLock { next in
                if next + count > Self.portRange.upperBound { next = Self.portRange.lowerBound }
                defer { next += count }
                return next
            }
            if await Self.areFree(first..<first + count) { return first }
        }
        throw Fault.noFreePorts(count)
    }

    /// Waits until a program has a UDP or listening TCP socket at a port of 127.0.0.1, as the kernel's tables say: to try
    /// the port would be in the program's way.
    static func holds(_ port: Int, within time: Duration = .seconds(10)) async throws {
        let local = "0100007F:" + String(format: "%04X", port)
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline {
            for table in ["udp", "tcp"] {
                let holds = try Self.kernelTable(table).split(separator: "\n").contains { line in
                    let fields = line.split(separator: " ")
                    return fields.count > 3 && fields[1] == local && (table == "udp" || fields[3] == "0A")
                }
                if holds { return }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Fault.notHeld(port)
    }

    /// A table of /proc/net. Its length is not known before its end, so that reading it in one go would cut it.
    private static func kernelTable(_ name: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/net/\(name)"))
        defer { try? file.close() }
        var bytes = Data()
        while let chunk = try file.read(upToCount: 65_536), !chunk.isEmpty { bytes += chunk }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func areFree(_ ports: Range<Int>) async -> Bool {
        for port in ports {
            do {
                let loops = TransportPeer.loops
                try await ServerBootstrap(group: loops).bind(host: "127.0.0.1", port: port).get().close()
                try await DatagramBootstrap(group: loops).bind(host: "127.0.0.1", port: port).get().close()
            } catch {
                return false
            }
        }
        return true
    }

    private static let portRange = 61_000..<65_500
    private static let nextPort = Mutex(Int.random(in: portRange.lowerBound..<portRange.upperBound - 500))
}

/// A throwaway authority and a certificate for loopback, as PEM files; made by the `openssl` command.
struct PeerCertificates {
    let authority: String
    let certificate: String
    let key: String
    /// Certificate and key in one file.
    let both: String

    /// - Parameter names: as in a subjectAltName.
    init(in workshop: Workshop, names: String = "IP:127.0.0.1,DNS:localhost") async throws {
        let openssl = try PeerProgram.path(of: "openssl")
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try workshop.write("subjectAltName=\(names)\n", to: "peer.ext")
        let steps = [
            ["req", "-x509", "-days", "30", "-subj", "/CN=Peer Test Root", "-keyout", "ca.key", "-out", "ca.pem"]
                + newKey + ["-addext", "basicConstraints=critical,CA:TRUE"],
            ["req", "-new", "-subj", "/CN=peer", "-keyout", "peer.key", "-out", "peer.csr"] + newKey,
            [
                "x509", "-req", "-in", "peer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "7",
                "-days", "30", "-extfile", "peer.ext", "-out", "peer.crt",
            ],
        ]
        for step in steps {
            let program = try ChildProgram(openssl, step, directory: workshop.folder)
            guard try await program.exitStatus() == 0 else {
                throw ChildProgram.Fault.lineMissing("a certificate", after: .zero, seen: program.lines)
            }
        }
        self.authority = workshop.path("ca.pem")
        self.certificate = workshop.path("peer.crt")
        self.key = workshop.path("peer.key")
        let pems = [self.certificate, self.key]
        self.both = try workshop.write(
            pems.map { try String(contentsOfFile: $0, encoding: .utf8) }.joined(), to: "peer.pem")
    }
}
