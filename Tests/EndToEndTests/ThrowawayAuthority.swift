import Foundation

/// A certificate authority in a folder of a test's workshop, made by the `openssl` command, and what it signs.
struct ThrowawayAuthority {
    enum Failure: Error {
        case openssl(arguments: [String], output: String)
    }

    private let folder: URL

    /// - Parameter name: of the authority and of its folder; letters and digits.
    init(_ name: String, in workshop: Workshop) throws {
        self.folder = URL(filePath: try workshop.makeFolder(name))
        try self.openssl(
            ["req", "-x509", "-days", "30", "-subj", "/CN=\(name)", "-keyout", "ca.key", "-out", "ca.pem"]
                + Self.newKey
                + ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
    }

    var file: String { self.folder.appending(path: "ca.pem").path() }

    /// A folder as the simulator wants one: ca.pem, of `shown` or this authority, server.pem and server.key.
    ///
    /// - Parameters:
    ///   - names: the value of subjectAltName.
    ///   - usage: of the certificate, such as `clientAuth`.
    ///   - from, until: `YYYYMMDDHHMMSSZ`.
    @discardableResult
    func issue(
        _ commonName: String, names: String, usage: String = "serverAuth", from: String = "20240101000000Z",
        until: String = "20480101000000Z", into directory: String
    ) throws -> String {
        let stem = UUID().uuidString
        try self.openssl(
            ["req", "-new", "-subj", "/CN=\(commonName)", "-keyout", "\(stem).key", "-out", "\(stem).csr"] + Self.newKey
        )
        let files = [
            "db": "", "cnf": Self.configuration(database: "\(stem).db"),
            "ext": "extendedKeyUsage=\(usage)\nsubjectAltName=\(names)\n",
        ]
        for (ending, text) in files {
            try text.write(to: self.folder.appending(path: "\(stem).\(ending)"), atomically: true, encoding: .utf8)
        }
        try self.openssl([
            "ca", "-batch", "-notext", "-config", "\(stem).cnf", "-in", "\(stem).csr", "-out", "\(stem).crt",
            "-startdate", from, "-enddate", until, "-extfile", "\(stem).ext",
        ])
        for (source, name) in [("ca.pem", "ca.pem"), ("\(stem).crt", "server.pem"), ("\(stem).key", "server.key")] {
            let bytes = try Data(contentsOf: self.folder.appending(path: source))
            try bytes.write(to: URL(filePath: directory).appending(path: name), options: .atomic)
        }
        return directory
    }

    /// The subjectAltName of one DNS name with a NUL within (CVE-2009-2408).
    static func nameWithNUL(_ before: String, _ after: String) -> String {
        let name = Array("\(before)\0\(after)".utf8)
        let octets = [0x30, UInt8(name.count + 2), 0x82, UInt8(name.count)] + name
        return "DER:" + octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: ":")
    }

    private func openssl(_ arguments: [String]) throws {
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
