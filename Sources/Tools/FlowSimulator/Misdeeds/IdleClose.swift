import SIPSyntax
import Timekeeping

/// Closes the call's connection when nothing was said on it for a while; requests on a new one are taken.
package struct IdleClose: Misdeed {
    package static let name = "idleClose"

    package var time: Duration
    private var due: Instant?
    private var isClosed = false

    package init(after time: Duration) {
        self.time = time
    }

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        self.time = try setting.duration(in: .milliseconds(100) ... .seconds(3_600))
    }

    package var deadline: Instant? { self.due }

    package mutating func established(in scene: MisdeedScene) -> [MisdeedAction] {
        if !self.isClosed { self.due = scene.now + self.time }
        return []
    }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        if self.due != nil { self.due = scene.now + self.time }
        return self.isClosed ? .passedOn([.saw("\(request.method) after the close")]) : .passedOn
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        guard let due = self.due, scene.now >= due else { return [] }
        self.due = nil
        self.isClosed = true
        return [.did("the connection closed"), .closeConnection]
    }
}
