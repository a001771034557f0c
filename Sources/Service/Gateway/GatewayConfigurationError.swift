/// Why a configuration cannot be used, with the place and the way to mend it.
package enum GatewayConfigurationError: Error, Hashable, Sendable {
    /// The file itself cannot be read.
    case unreadable(file: String, reason: String)
    /// Something at a place of the file.
    case invalid(Place, problem: String, fix: String)

    /// Where in the file; lines and columns count from 1.
    package struct Place: Hashable, Sendable, CustomStringConvertible {
        package var file: String
        package var line: Int
        package var column: Int

        package var description: String { "\(self.file):\(self.line):\(self.column)" }
    }
}

extension GatewayConfigurationError: CustomStringConvertible {
    /// One line: `trunkline.yaml:7:5: there is no key "exofone" here. Fix: did you mean "exophone"?`
    package var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): \(reason). Fix: give the path of a readable YAML file."
        case .invalid(let place, let problem, let fix):
            "\(place): \(problem). Fix: \(fix)"
        }
    }
}
