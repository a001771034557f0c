import SIPSyntax
import Timekeeping

/// A forking proxy behind the edge: further 180s, or further 2xx with To tags of their own (RFC 3261 section 13.2.2.4).
///
/// Each further 2xx is repeated until its ACK or 64 T1, and the BYE that the gateway owes it is answered.
package struct ForkedAnswers: Misdeed {
    package static let name = "forks"

    private struct Leg: Hashable, Sendable {
        let tag: String
        let response: Response
        var timer: Retransmission
        /// Every further 2xx is repeated until this.
        var isAcknowledged = false
        var hasEnded = false
    }

    /// Further 2xx: 0...8.
    package var answers = 1
    /// Further 180s: 0...8.
    package var provisionals = 0
    private var legs: [Leg] = []

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        guard !setting.isScalar else {
            self.answers = try setting.integer(in: 1...8)
            return
        }
        let entries = try setting.entries(known: ["answers", "provisionals"])
        if let answers = entries["answers"] { self.answers = try answers.integer(in: 0...8) }
        if let provisionals = entries["provisionals"] { self.provisionals = try provisionals.integer(in: 0...8) }
    }

    package var deadline: Instant? {
        self.legs.lazy.filter { !$0.isAcknowledged }.map(\.timer.deadline).min()
    }

    package mutating func willSend(_ message: SIPMessage, in scene: MisdeedScene) -> [SIPMessage] {
        guard case .response(let response) = message, let sequence = try? response.headers.cSeq,
            sequence.method == .invite, sequence == (try? scene.invite.headers.cSeq), !scene.isPlaced
        else { return [message] }
        if response.status == .ringing {
            return [message]
                + (0..<self.provisionals).compactMap {
                    Self.copy(of: response, "r\($0)", scene).map { .response($0.1) }
                }
        }
        guard response.status.isSuccess, self.legs.isEmpty else { return [message] }
        for index in 0..<self.answers {
            guard let (tag, copy) = Self.copy(of: response, "f\(index)", scene) else { continue }
            let timer = Retransmission(roundTrip: scene.roundTrip, resends: true, at: scene.now)
            self.legs.append(Leg(tag: tag, response: copy, timer: timer))
        }
        return [message] + self.legs.map { .response($0.response) }
    }

    /// The same answer of another user agent.
    private static func copy(of response: Response, _ name: String, _ scene: MisdeedScene) -> (String, Response)? {
        guard var to = try? response.headers.to, let tag = try? Token("\(scene.fresh)\(name)") else { return nil }
        var copy = response
        to.setTag(tag)
        copy.headers.replace(.to, to)
        return (tag.text, copy)
    }

    /// The tags under which requests of the further dialogs come.
    package var tags: [String] { self.legs.map(\.tag) }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard let tag = (try? request.headers.to)?.tag, let index = self.legs.firstIndex(where: { $0.tag == tag })
        else { return .passedOn }
        let name = "further answer \(index + 1)"
        switch request.method {
        case .ack:
            guard !self.legs[index].isAcknowledged else { return .taken([]) }
            self.legs[index].isAcknowledged = true
            return .taken([.saw("ACK of \(name)")])
        case .bye:
            let ok = MisdeedAction.send(.response(EdgeDialog.response(.ok, to: request)))
            guard !self.legs[index].hasEnded else { return .taken([ok]) }
            self.legs[index].hasEnded = true
            return .taken([ok, .saw("BYE of \(name)")])
        default:
            return .taken([.send(.response(EdgeDialog.response(.callDoesNotExist, to: request)))])
        }
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        var actions: [MisdeedAction] = []
        for index in self.legs.indices where !self.legs[index].isAcknowledged {
            switch self.legs[index].timer.due(at: scene.now) {
            case .resend: actions.append(.send(.response(self.legs[index].response)))
            case .giveUp:
                self.legs[index].isAcknowledged = true
                actions.append(.saw("no ACK of further answer \(index + 1)"))
            case nil: break
            }
        }
        return actions
    }
}
