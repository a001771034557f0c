import SIPSyntax
import Timekeeping

/// Media before the answer: a 183 with a description, then a ringing tone or a prompt, then the 200.
///
/// ```
///  waiting ── rings ──▶ playing ── for ──▶ over      (plain)
///  waiting ── rings ──▶ unacknowledged ── PRACK ──▶ playing ── for ──▶ over      (reliable, RFC 3262)
///                             └── 64 T1 ──▶ over, 504
/// ```
package struct EarlyMedia: Misdeed {
    package static let name = "earlyMedia"

    private enum State: Hashable, Sendable {
        case waiting
        case unacknowledged(Response, Retransmission, answerAt: Instant)
        case playing(until: Instant)
        case over
    }

    /// From the 183 to the 200.
    package var time: Duration = .seconds(2)
    /// A prompt of the flow's directory; nil is the ringing tone.
    package var prompt: String?
    /// Sends the 183 with RSeq to a gateway that supports 100rel.
    package var isReliable = false
    private var state = State.waiting

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        guard !setting.isScalar else {
            self.time = try setting.duration(in: .zero ... .seconds(180))
            return
        }
        let entries = try setting.entries(known: ["for", "prompt", "reliable"])
        if let time = entries["for"] { self.time = try time.duration(in: .zero ... .seconds(180)) }
        if let prompt = entries["prompt"] { self.prompt = try prompt.text() }
        if let reliable = entries["reliable"] { self.isReliable = try reliable.flag() }
    }

    package var deadline: Instant? {
        switch self.state {
        case .waiting, .over: nil
        case .unacknowledged(_, let timer, _): timer.deadline
        case .playing(let until): until
        }
    }

    package mutating func rings(in scene: MisdeedScene) -> MisdeedReply {
        var response = scene.dialog.response(.sessionProgress, to: scene.invite)
        for route in scene.invite.headers.all(.recordRoute) { response.headers.add(.recordRoute, route) }
        response.headers.add(.contact, scene.dialog.contact)
        response.headers.add(.pEarlyMedia, HeaderValue(trusted: "sendrecv"))
        response.headers.add(.contentType, MediaType.sdp)
        response.body = scene.description
        let isSupported = (try? scene.invite.headers.supported)?.contains { $0.text == "100rel" } ?? false
        guard self.isReliable, isSupported else {
            self.state = .playing(until: scene.now + self.time)
            let sentence = self.isReliable ? "183, unreliable: the gateway does not support 100rel" : "183"
            return .taken([.send(.response(response)), .did(sentence), .earlyMedia(prompt: self.prompt)])
        }
        response.headers.add(.require, Token(trusted: "100rel"))
        response.headers.add(.rSeq, Self.sequence)
        let timer = Retransmission(roundTrip: scene.roundTrip, resends: true, isCapped: false, at: scene.now)
        self.state = .unacknowledged(response, timer, answerAt: scene.now + self.time)
        return .taken([.send(.response(response)), .did("183 with RSeq"), .earlyMedia(prompt: self.prompt)])
    }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard request.method == .prack else { return .passedOn }
        let wanted = "\(Self.sequence) \((try? scene.invite.headers.cSeq.number) ?? 0) INVITE"
        guard request.headers.first(.rAck)?.text == wanted, self.state != .waiting else {
            let response = scene.dialog.response(.callDoesNotExist, to: request)
            return .taken([.send(.response(response)), .saw("PRACK of no 183")])
        }
        let ok = MisdeedAction.send(.response(scene.dialog.response(.ok, to: request)))
        guard case .unacknowledged(_, _, let answerAt) = self.state else { return .taken([ok]) }
        self.state = .playing(until: max(answerAt, scene.now))
        return .taken([ok, .saw("PRACK")])
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        switch self.state {
        case .waiting, .over:
            return []
        case .playing(let until):
            guard scene.now >= until else { return [] }
            self.state = .over
            return [.answer]
        case .unacknowledged(let response, var timer, let answerAt):
            guard let due = timer.due(at: scene.now) else { return [] }
            guard due == .resend else {
                self.state = .over
                return [.did("504: no PRACK came for 64 times T1"), .refuse(.serverTimeout)]
            }
            self.state = .unacknowledged(response, timer, answerAt: answerAt)
            return [.send(.response(response))]
        }
    }

    private static let sequence: UInt32 = 4_711
}
