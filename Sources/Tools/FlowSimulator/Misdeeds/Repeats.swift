import SIPSyntax
import Timekeeping

/// A network or an edge that repeats itself: every message several times, and ACKs that get lost.
package struct Repeats: Misdeed {
    package static let name = "repeats"

    /// Further copies of each response and of each request: 0...10.
    package var responses = 0
    package var requests = 0
    /// So many ACKs of the 200 are taken for lost, so that it is repeated.
    package var lostACKs = 0
    private var acksIgnored = 0

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = try setting.entries(known: ["responses", "requests", "lostACKs"])
        if let responses = entries["responses"] { self.responses = try responses.integer(in: 0...10) }
        if let requests = entries["requests"] { self.requests = try requests.integer(in: 0...10) }
        if let lost = entries["lostACKs"] { self.lostACKs = try lost.integer(in: 0...10) }
    }

    package mutating func willSend(_ message: SIPMessage, in scene: MisdeedScene) -> [SIPMessage] {
        let copies =
            switch message {
            case .request: self.requests
            case .response: self.responses
            }
        return Array(repeating: message, count: copies + 1)
    }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard request.method == .ack, self.lostACKs > 0 else { return .passedOn }
        guard self.acksIgnored < self.lostACKs else {
            return .passedOn([.saw("ACK \(self.acksIgnored + 1)")])
        }
        self.acksIgnored += 1
        return .taken([.saw("ACK \(self.acksIgnored)"), .did("ACK \(self.acksIgnored) taken for lost")])
    }
}
