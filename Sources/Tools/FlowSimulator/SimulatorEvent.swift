/// What the simulator tells while it runs; `description` is a line for a terminal.
package enum SimulatorEvent: Hashable, Sendable {
    case began(callID: String, direction: CallReport.Direction, from: String, to: String, transport: String)
    case refused(callID: String, status: Int, reason: String)
    case answered(callID: String, codec: String, srtpSuite: String?)
    case entered(callID: String, step: String)
    case digit(callID: String, digit: String)
    case gathered(callID: String, step: String, entry: String)
    case ended(CallReport)
    /// A report or a recording could not be written.
    case notWritten(path: String, reason: String)

    package var callID: String? {
        switch self {
        case .began(let callID, _, _, _, _), .refused(let callID, _, _), .answered(let callID, _, _),
            .entered(let callID, _), .digit(let callID, _), .gathered(let callID, _, _):
            callID
        case .ended(let report): report.callID
        case .notWritten: nil
        }
    }
}

extension SimulatorEvent: CustomStringConvertible {
    package var description: String {
        let name = self.callID.map { "[\($0.prefix(8))] " } ?? ""
        return name + self.sentence
    }

    private var sentence: String {
        switch self {
        case .began(_, let direction, let from, let to, let transport):
            direction == .incoming
                ? "call from \(from) to \(to) over \(transport)"
                : "placing a call from \(from) to \(to) over \(transport)"
        case .refused(_, let status, let reason): "refused: \(status) \(reason)"
        case .answered(_, let codec, let suite): "answered: \(codec), \(suite ?? "no SRTP")"
        case .entered(_, let step): "step \(step)"
        case .digit(_, let digit): "digit \(digit)"
        case .gathered(_, let step, let entry): "step \(step) gathered \(entry.isEmpty ? "nothing" : entry)"
        case .ended(let report): report.summary
        case .notWritten(let path, let reason): "\(path) cannot be written: \(reason)"
        }
    }
}

extension CallReport {
    /// The call in one line.
    package var summary: String {
        var parts = ["ended by \(self.endedBy?.rawValue ?? "nobody"): \(self.end ?? "no reason")"]
        if let media = self.media {
            parts.append("\(self.durationInMilliseconds) ms")
            parts.append("packets \(media.packetsSent) out, \(media.packetsReceived) in, \(media.packetsLost) lost")
            parts.append("digits \(self.digitText.isEmpty ? "none" : self.digitText)")
            parts.append(self.heard?.speechLevelInDBFS.map { "speech at \($0) dBFS" } ?? "no speech heard")
        }
        return parts.joined(separator: "; ")
    }
}
