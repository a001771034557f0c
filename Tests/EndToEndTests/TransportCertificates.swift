import Foundation
import TLS

/// A throwaway authority and the certificates that the transport tests need, made by the `openssl` command.
struct TransportCertificates {
    enum Failure: Error {
        case openssl(arguments: [String], output: String)
    }

    let directory: URL

    static let shared = Result { try TransportCertificates() }

    init() throws {
        self.directory = FileManager.default.temporaryDirectory.appending(path: "trunkline-sip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        try self.openssl(
            ["req", "-x509", "-days", "30", "-subj", "/CN=Transport Test Root", "-keyout", "ca.key", "-out", "ca.pem"]
                + Self.newKey + ["-addext", "basicConstraints=critical,CA:TRUE"])
    }

    /// A client's context that trusts this authority only.
    ///
    /// - Parameter names: those of the certificate that it shows when it is asked for one; nil shows none.
    func clientContext(names: String? = nil) throws -> TLSContext {
        let identity = try names.map { try self.identity(names: $0) }
        return try TLSContext(.client, TLSConfiguration(trustAnchors: .only(self.authority), identity: identity))
    }

    var authorityPath: String { self.directory.appending(path: "ca.pem").path }

    /// The files of a certificate for these names and of its key.
    func files(names: String) throws -> (certificate: String, key: String) {
        let identity = try self.identity(names: names)
        guard case .file(let certificate) = identity.certificateChain, case .file(let key) = identity.privateKey else {
            throw Failure.openssl(arguments: [names], output: "no files")
        }
        return (certificate, key)
    }

    private var authority: PEM { .file(path: self.directory.appending(path: "ca.pem").path) }

    /// A server's context with a certificate for these names, such as `DNS:edge.test,IP:127.0.0.1`.
    ///
    /// - Parameter clients: the names of which each client must prove one; nil asks for no certificate.
    func serverContext(names: String, clients: [String]? = nil) throws -> TLSContext {
        var configuration = TLSConfiguration(identity: try self.identity(names: names))
        if let clients {
            configuration.clientCertificates = .required(
                signedBy: .only(self.authority), names: try clients.map { try ServerName($0) })
        }
        return try TLSContext(.server, configuration)
    }

    private func identity(names: String) throws -> TLSConfiguration.Identity {
        let stem = UUID().uuidString
        try self.openssl(
            ["req", "-new", "-subj", "/CN=edge", "-keyout", "\(stem).key", "-out", "\(stem).csr"] + Self.newKey)
        try "subjectAltName=\(names)\n".write(
            to: self.directory.appending(path: "\(stem).ext"), atomically: true, encoding: .utf8)
        try self.openssl([
            "x509", "-req", "-in", "\(stem).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial",
            "\(abs(stem.hashValue))",
            "-days", "30", "-extfile", "\(stem).ext", "-out", "\(stem).crt",
        ])
        return TLSConfiguration.Identity(
            certificateChain: .file(path: self.directory.appending(path: "\(stem).crt").path),
            privateKey: .file(path: self.directory.appending(path: "\(stem).key").path))
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = self.directory
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure.openssl(arguments: arguments, output: String(decoding: text, as: UTF8.self))
        }
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
}
