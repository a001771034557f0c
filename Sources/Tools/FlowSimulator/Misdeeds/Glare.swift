import SIPSyntax
import Timekeeping

/// Both sides change the session at once (RFC 3261 section 14.1): at the gateway's re-INVITE or UPDATE the edge sends its
/// own, and answers 491 to the gateway's.
package struct Glare: Misdeed {
    package static let name = "glare"

    /// How often.
    package var times = 1
    private var done = 0

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        self.times = try setting.integer(in: 1...100)
    }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard request.method == .invite || request.method == .update else { return .passedOn }
        guard self.done < self.times else { return .passedOn([.saw("\(request.method) again, after the 491")]) }
        self.done += 1
        let pending = scene.dialog.response(.requestPending, to: request)
        return .taken([
            .saw("\(request.method)"), .request(MisdeedRequest(request.method, body: .offer("sendrecv"))),
            .send(.response(pending)), .did("491, and \(request.method)"),
        ])
    }

    package mutating func receive(
        _ response: Response, to request: Request, in scene: MisdeedScene
    ) -> [MisdeedAction] {
        guard request.method == .invite || request.method == .update, self.done > 0 else { return [] }
        return [.saw("\(response.status) to the edge's \(request.method)")]
    }
}
