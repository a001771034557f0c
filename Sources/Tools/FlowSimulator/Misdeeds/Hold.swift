import SDP
import SIPSyntax
import Timekeeping

/// The carrier holds the call and resumes it: a re-INVITE with `sendonly` or `inactive`, then one with `sendrecv`; or one
/// re-INVITE without an offer, whose answer goes with the ACK (RFC 3261 section 14.1, RFC 3264 section 8.4).
package struct Hold: Misdeed {
    package static let name = "hold"

    private enum State: Hashable, Sendable {
        case waiting(until: Instant?)
        case holding(until: Instant)
        case over
    }

    /// From the call's answer.
    package var after: Duration = .seconds(1)
    package var time: Duration = .seconds(1)
    /// Nil is a re-INVITE without an offer.
    package var direction: MediaDirection? = .sendonly
    private var state = State.waiting(until: nil)

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = try setting.entries(known: ["after", "for", "direction"])
        if let after = entries["after"] { self.after = try after.duration(in: .zero ... .seconds(3_600)) }
        if let time = entries["for"] { self.time = try time.duration(in: .zero ... .seconds(3_600)) }
        guard let direction = entries["direction"] else { return }
        switch try direction.text() {
        case "sendonly": self.direction = .sendonly
        case "inactive": self.direction = .inactive
        case "offerless": self.direction = nil
        case let text: throw direction.complaint("expected sendonly, inactive or offerless, not \(text)")
        }
    }

    package var deadline: Instant? {
        switch self.state {
        case .waiting(let until): until
        case .holding(let until): until
        case .over: nil
        }
    }

    package mutating func established(in scene: MisdeedScene) -> [MisdeedAction] {
        if self.state == .waiting(until: nil) { self.state = .waiting(until: scene.now + self.after) }
        return []
    }

    package mutating func receive(
        _ response: Response, to request: Request, in scene: MisdeedScene
    ) -> [MisdeedAction] {
        request.method == .invite ? [.saw("\(response.status) to the re-INVITE")] : []
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        guard let deadline = self.deadline, scene.now >= deadline else { return [] }
        switch self.state {
        case .waiting:
            guard let direction = self.direction else {
                self.state = .over
                return [.did("re-INVITE without an offer"), .request(MisdeedRequest(.invite))]
            }
            self.state = .holding(until: scene.now + self.time)
            let request = MisdeedRequest(.invite, body: .offer(direction.rawValue))
            return [.did("re-INVITE \(direction.rawValue)"), .request(request)]
        case .holding:
            self.state = .over
            return [.did("re-INVITE sendrecv"), .request(MisdeedRequest(.invite, body: .offer("sendrecv")))]
        case .over:
            return []
        }
    }
}
