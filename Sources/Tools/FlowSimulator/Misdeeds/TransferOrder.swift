import SIPSyntax
import Timekeeping

/// The edge's own REFER, some time after the answer.
package struct TransferOrder: Misdeed {
    package static let name = "sendRefer"

    /// A SIP URI.
    package var target: String
    package var after: Duration = .seconds(1)
    private var due: Instant?

    package init(to target: String) {
        self.target = target
    }

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = setting.isScalar ? ["to": setting] : try setting.entries(known: ["to", "after"])
        guard let to = entries["to"] else { throw setting.complaint("the key to is missing") }
        self.target = try to.text()
        guard (try? URI(self.target))?.sip != nil else { throw to.complaint("expected a SIP URI, not \(self.target)") }
        if let after = entries["after"] { self.after = try after.duration(in: .zero ... .seconds(3_600)) }
    }

    package var deadline: Instant? { self.due }

    package mutating func established(in scene: MisdeedScene) -> [MisdeedAction] {
        self.due = scene.now + self.after
        return []
    }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard request.method == .notify else { return .passedOn }
        let line = String(decoding: request.body, as: UTF8.self).prefix { $0 != "\r" && $0 != "\n" }
        return .passedOn([.saw("NOTIFY \(line)")])
    }

    package mutating func receive(
        _ response: Response, to request: Request, in scene: MisdeedScene
    ) -> [MisdeedAction] {
        request.method == .refer ? [.saw("\(response.status) to REFER")] : []
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        guard let due = self.due, scene.now >= due, let uri = try? URI(self.target) else { return [] }
        self.due = nil
        var request = MisdeedRequest(.refer)
        request.headers.add(.referTo, NameAddress(uri: uri))
        return [.did("REFER to \(self.target)"), .request(request)]
    }
}
