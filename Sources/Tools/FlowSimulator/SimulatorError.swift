/// Why a simulator could not start or could not do what it was asked.
package enum SimulatorError: Error, Hashable, Sendable {
    /// A configuration file is wrong at this line; the sentence says what and how to mend it.
    case configuration(file: String, line: Int, sentence: String)
    case fileUnreadable(path: String, reason: String)
    case fileUnwritable(path: String, reason: String)
    case promptMissing(name: String, directory: String, reason: String)
    case noListener
    case tlsDirectoryMissing
    case certificatesNotMade(reason: String)
    case listenerFailed(reason: String)
    /// The peer of `placeCall` could not be reached.
    case peerUnreachable(reason: String)
    case mediaPortsExhausted
    case srtpFailed(reason: String)
    case notRunning
    /// The sentence says what is wrong with a value of the command line.
    case badOption(String)
}

extension SimulatorError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .configuration(let file, let line, let sentence):
            "\(file):\(line): \(sentence)"
        case .fileUnreadable(let path, let reason):
            "\(path) cannot be read: \(reason)"
        case .fileUnwritable(let path, let reason):
            "\(path) cannot be written: \(reason)"
        case .promptMissing(let name, let directory, let reason):
            "the prompt \(name) cannot be loaded from \(directory): \(reason)"
        case .noListener:
            "the edge has no listener; give it at least one of TLS, TCP and UDP"
        case .tlsDirectoryMissing:
            "a TLS listener needs a directory for its certificate; give --tls-directory"
        case .certificatesNotMade(let reason):
            "the throwaway certificates could not be made: \(reason)"
        case .listenerFailed(let reason):
            "the edge cannot listen: \(reason)"
        case .peerUnreachable(let reason):
            "the peer could not be reached: \(reason)"
        case .mediaPortsExhausted:
            "no pair of media ports is free; widen edge.mediaPorts"
        case .srtpFailed(let reason):
            "libsrtp2 refused: \(reason)"
        case .notRunning:
            "the simulator is not running"
        case .badOption(let sentence):
            sentence
        }
    }
}
