import Foundation

/// The edge's certificate and the authority that signed it, made with the `openssl` command for one run and no other
/// use.
///
/// The server's certificate names the PoPs of the guide, localhost and the loopback addresses, so that a gateway checks
/// it in full while the PoP's name is overridden to point here.
struct ThrowawayCertificates: Sendable {
    let directory: String

    static let authority = "ca.pem"
    static let certificate = "server.pem"
    static let key = "server.key"

    /// The names that the certificate carries.
    static let names = [
        "DNS:pstn.in1.exotel.com", "DNS:pstn.in2.exotel.com", "DNS:pstn.in4.exotel.com", "DNS:pstn.sgp1.exotel.com",
        "DNS:localhost", "IP:127.0.0.1", "IP:::1",
    ]

    func path(_ file: String) -> String { "\(self.directory)/\(file)" }

    /// Makes the three files, unless all of them are there already.
    func make(for address: String) throws(SimulatorError) {
        let files = [Self.authority, Self.certificate, Self.key].map(self.path)
        if files.allSatisfy({ FileManager.default.fileExists(atPath: $0) }) { return }
        do {
            try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
            try Self.settings(names: Self.names + ["IP:\(address)"])
                .write(toFile: self.path("openssl.cnf"), atomically: true, encoding: .utf8)
        } catch {
            throw .fileUnwritable(path: self.directory, reason: error.localizedDescription)
        }
        for arguments in self.commands { try self.openssl(arguments) }
        // Nobody signs with this authority again.
        for leftover in ["ca.key", "ca.srl", "server.csr", "openssl.cnf"] {
            try? FileManager.default.removeItem(atPath: self.path(leftover))
        }
    }

    private var commands: [[String]] {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", "openssl.cnf"]
        return [
            ["req", "-x509", "-days", "3650", "-subj", "/CN=Trunkline simulator authority", "-extensions", "authority"]
                + key + ["-keyout", "ca.key", "-out", Self.authority],
            ["req", "-new", "-subj", "/CN=pstn.in2.exotel.com"] + key + ["-keyout", Self.key, "-out", "server.csr"],
            [
                "x509", "-req", "-in", "server.csr", "-CA", Self.authority, "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "3650", "-extfile", "openssl.cnf", "-extensions", "server", "-out", Self.certificate,
            ],
        ]
    }

    private static func settings(names: [String]) -> String {
        """
        [req]
        distinguished_name = subject
        [subject]
        [authority]
        basicConstraints = critical, CA:TRUE
        keyUsage = critical, keyCertSign, cRLSign
        subjectKeyIdentifier = hash
        [server]
        basicConstraints = critical, CA:FALSE
        keyUsage = critical, digitalSignature
        extendedKeyUsage = serverAuth, clientAuth
        subjectKeyIdentifier = hash
        authorityKeyIdentifier = keyid
        subjectAltName = \(names.joined(separator: ", "))

        """
    }

    private func openssl(_ arguments: [String]) throws(SimulatorError) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: self.directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let complaints = Pipe()
        process.standardError = complaints
        do {
            try process.run()
        } catch {
            throw .certificatesNotMade(reason: "the openssl command cannot be run: \(error.localizedDescription)")
        }
        let text = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let lastLine = text.split(separator: "\n").last.map(String.init) ?? "no reason given"
            throw .certificatesNotMade(reason: "openssl \(arguments[0]): \(lastLine)")
        }
    }
}
