import Foundation
import TLS

/// A throwaway certificate authority in a folder of its own, made by the `openssl` command when the tests run.
struct TestAuthority {
    enum Failure: Error {
        case openssl(arguments: [String], output: String)
    }

    let directory: URL

    /// The authority that the tests trust, and one that they do not.
    static let trusted = Result { try TestAuthority("Trunkline Test Root") }
    static let rogue = Result { try TestAuthority("Rogue Root") }

    init(_ name: String) throws {
        self.directory = FileManager.default.temporaryDirectory.appending(path: "trunkline-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        try self.openssl(
            ["req", "-x509", "-days", "30", "-subj", "/CN=\(name)", "-keyout", "ca.key", "-out", "ca.pem"]
                + Self.newKey
                + ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
    }

    var certificate: PEM { .file(path: self.file("ca.pem").path) }

    /// Issues a certificate. `names` is the value of subjectAltName, nil for none; times are `YYYYMMDDHHMMSSZ`.
    func issue(
        _ commonName: String, names: String?, usage: String = "serverAuth", from: String = "20240101000000Z",
        until: String = "20480101000000Z"
    ) throws -> TLSConfiguration.Identity {
        let stem = UUID().uuidString
        try self.openssl(
            ["req", "-new", "-subj", "/CN=\(commonName)", "-keyout", "\(stem).key", "-out", "\(stem).csr"] + Self.newKey
        )
        var extensions = "extendedKeyUsage=\(usage)\n"
        if let names { extensions += "subjectAltName=\(names)\n" }
        // A database for each certificate, so that tests may issue at the same time.
        try "".write(to: self.file("\(stem).db"), atomically: true, encoding: .utf8)
        try Self.configuration(database: "\(stem).db")
            .write(to: self.file("\(stem).cnf"), atomically: true, encoding: .utf8)
        try extensions.write(to: self.file("\(stem).ext"), atomically: true, encoding: .utf8)
        try self.openssl([
            "ca", "-batch", "-notext", "-config", "\(stem).cnf", "-in", "\(stem).csr", "-out", "\(stem).crt",
            "-startdate", from, "-enddate", until, "-extfile", "\(stem).ext",
        ])
        return TLSConfiguration.Identity(
            certificateChain: .file(path: self.file("\(stem).crt").path),
            privateKey: .file(path: self.file("\(stem).key").path))
    }

    /// A certificate that signed itself.
    func selfSigned(_ commonName: String, names: String) throws -> TLSConfiguration.Identity {
        let stem = UUID().uuidString
        try self.openssl(
            ["req", "-x509", "-days", "30", "-subj", "/CN=\(commonName)", "-addext", "subjectAltName=\(names)"]
                + ["-keyout", "\(stem).key", "-out", "\(stem).crt"] + Self.newKey)
        return TLSConfiguration.Identity(
            certificateChain: .file(path: self.file("\(stem).crt").path),
            privateKey: .file(path: self.file("\(stem).key").path))
    }

    func file(_ name: String) -> URL {
        self.directory.appending(path: name)
    }

    func openssl(_ arguments: [String]) throws {
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

    private static func configuration(database: String) -> String {
        """
        [ca]
        default_ca = authority
        [authority]
        database = \(database)
        rand_serial = yes
        new_certs_dir = .
        certificate = ca.pem
        private_key = ca.key
        default_md = sha256
        policy = anything
        unique_subject = no
        [anything]
        commonName = supplied
        """
    }
}
