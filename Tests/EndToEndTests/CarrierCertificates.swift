import Foundation
import ThrowawayCertificates

/// Certificates in folders as the simulator wants them: ca.pem, server.pem and server.key.
extension ThrowawayAuthority {
    /// - Parameter name: of the authority and of its folder in the workshop; letters and digits.
    init(_ name: String, in workshop: Workshop) throws {
        try self.init(name, in: URL(filePath: try workshop.makeFolder(name)))
    }

    /// Signs as `sign` does and lays the files into `directory`.
    @discardableResult
    func issue(
        _ commonName: String, names: String, usage: String = "serverAuth", from: String = "20240101000000Z",
        until: String = "20480101000000Z", into directory: String
    ) throws -> String {
        let files = try self.sign(commonName, names: names, usage: usage, from: from, until: until)
        for (source, name) in [
            (self.certificate, "ca.pem"), (files.certificate, "server.pem"), (files.key, "server.key"),
        ] {
            try Data(contentsOf: source).write(to: URL(filePath: directory).appending(path: name), options: .atomic)
        }
        return directory
    }
}
