import Foundation

/// A certificate authority in a folder of its own, made by the `openssl` command when the tests run, and what it signs.
package struct ThrowawayAuthority: Sendable {
    package enum Failure: Error {
        case openssl(arguments: [String], output: String)
    }

    /// A certificate and its private key, each a PEM file.
    package struct Files: Sendable {
        package let certificate: URL
        package let key: URL
    }

    package let folder: URL

    /// Makes the authority's key and certificate.
    ///
    /// - Parameters:
    ///   - name: its common name.
    ///   - folder: where all its files lie; made when it is not there. Nil takes a new one for temporary files.
    package init(_ name: String, in folder: URL? = nil) throws {
        self.folder =
            folder ?? FileManager.default.temporaryDirectory.appending(path: "trunkline-ca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try self.openssl(
            ["req", "-x509", "-days", "30", "-subj", "/CN=\(name)", "-keyout", "ca.key", "-out", "ca.pem"]
                + Self.newKey
                + ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
    }

    package var certificate: URL { self.file("ca.pem") }

    /// Signs a certificate.
    ///
    /// - Parameters:
    ///   - names: the value of subjectAltName; nil for none.
    ///   - usage: of the certificate, such as `clientAuth`.
    ///   - from, until: `YYYYMMDDHHMMSSZ`.
    package func sign(
        _ commonName: String, names: String?, usage: String = "serverAuth", from: String = "20240101000000Z",
        until: String = "20480101000000Z"
    ) throws -> Files {
        let stem = UUID().uuidString
        try self.openssl(
            ["req", "-new", "-subj", "/CN=\(commonName)", "-keyout", "\(stem).key", "-out", "\(stem).csr"] + Self.newKey
        )
        // A database for each certificate, so that tests may sign at the same time.
        let texts = [
            "db": "", "cnf": Self.configuration(database: "\(stem).db"),
            "ext": "extendedKeyUsage=\(usage)\n" + (names.map { "subjectAltName=\($0)\n" } ?? ""),
        ]
        for (ending, text) in texts {
            try text.write(to: self.file("\(stem).\(ending)"), atomically: true, encoding: .utf8)
        }
        try self.openssl([
            "ca", "-batch", "-notext", "-config", "\(stem).cnf", "-in", "\(stem).csr", "-out", "\(stem).crt",
            "-startdate", from, "-enddate", until, "-extfile", "\(stem).ext",
        ])
        return self.files(stem)
    }

    /// A certificate that signed itself.
    package func selfSign(_ commonName: String, names: String) throws -> Files {
        let stem = UUID().uuidString
        try self.openssl(
            ["req", "-x509", "-days", "30", "-subj", "/CN=\(commonName)", "-addext", "subjectAltName=\(names)"]
                + ["-keyout", "\(stem).key", "-out", "\(stem).crt"] + Self.newKey)
        return self.files(stem)
    }

    /// The subjectAltName of one DNS name with a NUL within (CVE-2009-2408).
    package static func nameWithNUL(_ before: String, _ after: String) -> String {
        let name = Array("\(before)\0\(after)".utf8)
        let octets = [0x30, UInt8(name.count + 2), 0x82, UInt8(name.count)] + name
        return "DER:" + octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: ":")
    }

    package func file(_ name: String) -> URL {
        self.folder.appending(path: name)
    }

    private func files(_ stem: String) -> Files {
        Files(certificate: self.file("\(stem).crt"), key: self.file("\(stem).key"))
    }

    /// Runs `openssl` in the authority's folder.
    package func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = self.folder
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
