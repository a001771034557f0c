import SIPSyntax
import Timekeeping

/// What the edge makes of a REFER: 202 and the story of the transfer in NOTIFYs, or a refusal (RFC 3515).
package struct Transfer: Misdeed {
    package static let name = "refer"

    /// 202, or 300...699.
    package var status = 202
    /// The statuses that the NOTIFYs tell, one each 200 ms.
    package var progress: [Int] = [100, 200]
    private var told = 0
    private var due: Instant?

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        guard !setting.isScalar else {
            self.status = try Self.status(setting)
            return
        }
        let entries = try setting.entries(known: ["status", "progress"])
        if let status = entries["status"] { self.status = try Self.status(status) }
        guard let progress = entries["progress"] else { return }
        self.progress = try progress.list().map { status throws(SimulatorError) in try status.integer(in: 100...699) }
        guard (1...16).contains(self.progress.count) else { throw progress.complaint("expected 1 to 16 statuses") }
    }

    private static func status(_ setting: YAMLSetting) throws(SimulatorError) -> Int {
        let status = try setting.integer(in: 202...699)
        guard status == 202 || status >= 300 else { throw setting.complaint("expected 202, or 300 to 699") }
        return status
    }

    package var deadline: Instant? { self.due }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard request.method == .refer, let status = StatusCode(self.status) else { return .passedOn }
        if status == .accepted {
            self.told = 0
            self.due = scene.now
        }
        let target = request.headers.first(.referTo)?.text ?? "nobody"
        return .taken([
            .saw("REFER to \(target)"), .send(.response(scene.dialog.response(status, to: request))),
            .did("\(status) to REFER"),
        ])
    }

    package mutating func receive(
        _ response: Response, to request: Request, in scene: MisdeedScene
    ) -> [MisdeedAction] {
        request.method == .notify ? [.saw("\(response.status) to NOTIFY")] : []
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        guard let due = self.due, scene.now >= due, self.told < self.progress.count,
            let status = StatusCode(self.progress[self.told])
        else { return [] }
        self.told += 1
        self.due = self.told < self.progress.count ? scene.now + .milliseconds(200) : nil
        let line = "SIP/2.0 \(status) \(status.reasonPhrase)"
        var request = MisdeedRequest(.notify, body: .fragment(Array("\(line)\r\n".utf8)))
        request.headers.add(.event, HeaderValue(trusted: "refer"))
        let state: HeaderValue =
            status.isFinal
            ? HeaderValue(trusted: "terminated;reason=noresource") : HeaderValue(trusted: "active;expires=60")
        request.headers.add(HeaderName(trusted: "Subscription-State"), state)
        return [.did("NOTIFY \(status)"), .request(request)]
    }
}
