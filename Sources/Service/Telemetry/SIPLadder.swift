import SIPSyntax
import Timekeeping

/// The messages of one SIP dialog with their times, drawn as a ladder of text.
package struct SIPLadder: Sendable {
    package enum Arrow: Hashable, Sendable {
        case sent
        case received
        /// It found no way: the transport failed.
        case notSent
    }

    package struct Rung: Hashable, Sendable {
        package let instant: Instant
        package let arrow: Arrow
        /// `INVITE (SDP)`, `200 OK (SDP)`, `BYE`.
        package let label: String
        /// `tls 127.0.0.1:443`.
        package let peer: String
    }

    /// A call that is refreshed for hours must not grow: what comes after this many rungs is only counted.
    package static let rungsMax = 200

    package private(set) var rungs: [Rung] = []
    package private(set) var omitted = 0

    package init() {}

    package mutating func append(_ message: SIPMessage, _ arrow: Arrow, peer: String, at instant: Instant) {
        self.append(Rung(instant: instant, arrow: arrow, label: Self.label(of: message), peer: peer))
    }

    /// False when the rung was only counted.
    @discardableResult
    mutating func append(_ rung: Rung) -> Bool {
        guard self.rungs.count < Self.rungsMax else {
            self.omitted += 1
            return false
        }
        // What was sent is noted when the write is known to have worked; its answer may have been noted before.
        let index = self.rungs.lastIndex { $0.instant <= rung.instant }.map { $0 + 1 } ?? 0
        self.rungs.insert(rung, at: index)
        return true
    }

    /// The ladder as lines of text: times in seconds from the first rung, ours on the left, the peer on the right.
    package func drawn() -> String {
        guard let first = self.rungs.first else { return "no SIP messages" }
        var lines: [String] = []
        var peer = ""
        for rung in self.rungs {
            if rung.peer != peer {
                peer = rung.peer
                lines.append("\(Self.indent)trunkline\(Self.spaces(Self.width - 9 - 1))\(peer)")
            }
            let time = Self.seconds(first.instant.duration(to: rung.instant))
            lines.append("\(time)  \(Self.drawn(rung))")
        }
        if self.omitted > 0 { lines.append("\(Self.indent)… and \(self.omitted) more messages") }
        return lines.joined(separator: "\n")
    }

    private static let width = 46
    private static let indent = "           "

    private static func drawn(_ rung: Rung) -> String {
        let line = String(repeating: "─", count: max(3, Self.width - rung.label.count - 4))
        return switch rung.arrow {
        case .sent: "│ \(rung.label) \(line)▶│"
        case .received: "│◀\(line) \(rung.label) │"
        case .notSent: "│ \(rung.label) \(line)✗"
        }
    }

    static func label(of message: SIPMessage) -> String {
        let kind =
            switch message {
            case .request(let request): request.method.description
            case .response(let response): "\(response.status) \(response.reason)"
            }
        let label = message.body.isEmpty ? kind : "\(kind) (\(Self.bodyName(of: message)))"
        return label.count <= 40 ? label : String(label.prefix(39)) + "…"
    }

    private static func bodyName(of message: SIPMessage) -> String {
        guard let type = message.headers.first(.contentType)?.description else { return "body" }
        return type.lowercased().hasPrefix("application/sdp") ? "SDP" : type
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.inMilliseconds
        let fraction = String(milliseconds % 1_000)
        let text = "\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
        return Self.spaces(9 - text.count) + text
    }

    private static func spaces(_ count: Int) -> String {
        String(repeating: " ", count: max(0, count))
    }
}
