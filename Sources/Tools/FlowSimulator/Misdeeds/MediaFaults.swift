import Timekeeping

/// A stream that stops for a while, or goes on as another one.
package struct MediaFaults: Misdeed {
    package static let name = "media"

    /// From the answer; the edge sends nothing for `pause`.
    package var pauseAfter: Duration?
    package var pause: Duration = .seconds(1)
    /// From the answer; another SSRC, sequence and timestamp.
    package var newSourceAfter: Duration?
    private var plan: [Planned] = []

    private struct Planned: Hashable, Sendable {
        let at: Instant
        let action: MisdeedAction
        let sentence: String
    }

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = try setting.entries(known: ["pauseAfter", "pause", "newSSRCAfter"])
        let times: ClosedRange<Duration> = .zero ... .seconds(3_600)
        if let after = entries["pauseAfter"] { self.pauseAfter = try after.duration(in: times) }
        if let pause = entries["pause"] { self.pause = try pause.duration(in: times) }
        if let after = entries["newSSRCAfter"] { self.newSourceAfter = try after.duration(in: times) }
    }

    package var deadline: Instant? { self.plan.first?.at }

    package mutating func established(in scene: MisdeedScene) -> [MisdeedAction] {
        if let after = self.pauseAfter {
            let begin = scene.now + after
            self.plan.append(Planned(at: begin, action: .pauseMedia(true), sentence: "media paused"))
            self.plan.append(Planned(at: begin + self.pause, action: .pauseMedia(false), sentence: "media resumed"))
        }
        if let after = self.newSourceAfter {
            self.plan.append(Planned(at: scene.now + after, action: .changeSource, sentence: "another SSRC"))
        }
        self.plan.sort { $0.at < $1.at }
        return []
    }

    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] {
        var actions: [MisdeedAction] = []
        while let next = self.plan.first, next.at <= scene.now {
            self.plan.removeFirst()
            actions += [.did(next.sentence), next.action]
        }
        return actions
    }
}
