import SIPSyntax
import Timekeeping

/// The BYE at a bad moment: after a time, before the ACK, across the gateway's, or never an answer to it.
package struct LateBye: Misdeed {
    package static let name = "bye"

    package enum Moment: Hashable, Sendable {
        case after(Duration)
        /// On the edge's 200, whose ACK is then no longer awaited.
        case beforeACK
        /// At the gateway's BYE, before its answer.
        case crossing
        /// The gateway's BYE gets no answer at all; the edge's own comes after 64 T1.
        case unanswered
    }

    package var moment: Moment
    private var due: Instant?
    private var isDone = false

    package init(_ moment: Moment) {
        self.moment = moment
    }

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        switch try setting.text() {
        case "beforeACK": self.moment = .beforeACK
        case "crossing": self.moment = .crossing
        case "unanswered": self.moment = .unanswered
        case let text:
            guard Duration(settingText: text) != nil else {
                throw setting.complaint(
                    "expected beforeACK, crossing, unanswered or a duration such as 2s, not \(text)")
            }
            self.moment = .after(try setting.duration(in: .zero ... .seconds(3_600)))
        }
    }

    package var deadline: Instant? { self.due }

    package mutating func willSend(_ message: SIPMessage, in scene: MisdeedScene) -> [SIPMessage] {
        if self.moment == .beforeACK, !self.isDone, case .response(let response) = message, response.status.isSuccess,
            (try? response.headers.cSeq)?.method == .invite
        {
            self.isDone = true
            self.due = scene.now
        }
        return [message]
    }

    package mutating func established(in scene: MisdeedScene) -> [MisdeedAction] {
        if case .after(let time) = self.moment, !self.isDone { self.due = scene.now + time }
        return []
    }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard request.method == .bye else { return .passedOn }
        switch self.moment {
        case .after, .beforeACK:
            return .passedOn
        case .unanswered:
            if self.due == nil, !self.isDone { self.due = scene.now + scene.roundTrip * 64 }
            return .taken([.saw("BYE, left unanswered")])
        case .crossing:
            let ok = MisdeedAction.send(.response(scene.dialog.response(.ok, to: request)))
            guard !self.isDone else { return .taken([ok]) }
            self.isDone = true
            return .taken([.saw("BYE"), .hangUp("a BYE across the gateway's"), .did("BYE across the gateway's"), ok])
        }
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        guard let due = self.due, scene.now >= due else { return [] }
        self.due = nil
        self.isDone = true
        let sentence = self.moment == .beforeACK ? "BYE before the ACK" : "BYE after its time"
        return [.did(sentence), .hangUp(sentence)]
    }
}
