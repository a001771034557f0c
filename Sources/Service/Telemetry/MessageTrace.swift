import SIPEndpoint
import SIPSyntax
import Timekeeping

/// Where every message on the wire goes, once its secrets are out of it: the book of ladders and, where there is one, the
/// HEP collector.
package struct MessageTrace: Sendable {
    private let ladders: LadderBook
    private let exporter: HEPExporter?
    private let redaction: TraceRedaction
    private let hiddenFields: HiddenFields

    package init(
        ladders: LadderBook, exporter: HEPExporter? = nil, redaction: TraceRedaction = TraceRedaction(),
        hiddenFields: HiddenFields = HiddenFields()
    ) {
        self.ladders = ladders
        self.exporter = exporter
        self.redaction = redaction
        self.hiddenFields = hiddenFields
    }

    /// Called on the endpoint's loop; never waits.
    package func note(_ observed: ObservedMessage) {
        let arrow: SIPLadder.Arrow =
            switch observed.direction {
            case .received: .received
            case .sent: .sent
            case .notSent: .notSent
            }
        let peer = observed.path.map { "\($0.transport.rawValue) \($0.remote)" } ?? "nowhere"
        let callID = observed.message.map { $0.headers.first(.callID)?.description } ?? Self.callID(in: observed.bytes)
        let wire = observed.path.map {
            TracedMessage(
                instant: observed.at, arrow: arrow, path: $0,
                bytes: self.redaction.redacted(observed.bytes, hiding: self.hiddenFields.names))
        }
        if let callID {
            if let message = observed.message {
                self.ladders.note(message, arrow, peer: peer, at: observed.at, wire: wire)
            } else {
                let label = "malformed (\(observed.bytes.count) bytes)"
                self.ladders.note(label, of: callID, arrow, peer: peer, at: observed.at, wire: wire)
            }
        }
        guard let exporter = self.exporter, let wire, arrow != .notSent else { return }
        exporter.export(wire, callID: callID)
    }

    /// The Call-ID of a message that could not be read, if it has one: a call's broken messages belong into its ladder.
    static func callID(in bytes: [UInt8]) -> String? {
        for line in bytes.prefix(Self.searchedMax).split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            guard name.prefix(while: { $0 != " " }) == "call-id" || name.prefix(while: { $0 != " " }) == "i" else {
                continue
            }
            let value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
            let word = value.prefix { $0 > 0x20 && $0 < 0x7F }
            return word.isEmpty || word.count > Self.callIDLengthMax ? nil : String(decoding: word, as: UTF8.self)
        }
        return nil
    }

    private static let searchedMax = 4_096
    private static let callIDLengthMax = 256
}
