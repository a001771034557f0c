import SIPSyntax
import Timekeeping

/// A 100 that comes late, or never.
package struct SlowTrying: Misdeed {
    package static let name = "trying"

    /// Nil sends none.
    package var delay: Duration?
    private var held: SIPMessage?
    private var due: Instant?
    private var isDone = false

    package init(after delay: Duration?) {
        self.delay = delay
    }

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        self.delay = try setting.text() == "none" ? nil : try setting.duration(in: .zero ... .seconds(60))
    }

    package var deadline: Instant? { self.due }

    package mutating func willSend(_ message: SIPMessage, in scene: MisdeedScene) -> [SIPMessage] {
        guard case .response(let response) = message, response.status == .trying else {
            self.due = nil
            return [message]
        }
        if self.isDone, self.delay != nil { return [message] }
        self.held = message
        if self.due == nil, let delay { self.due = scene.now + delay }
        return []
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        guard let due = self.due, scene.now >= due, let held = self.held else { return [] }
        self.due = nil
        self.isDone = true
        return [.did("100, late"), .send(held)]
    }
}
