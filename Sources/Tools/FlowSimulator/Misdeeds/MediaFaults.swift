import Timekeeping

/// A stream that stops for a while, goes on as another one, falls silent, or goes on under another key.
package struct MediaFaults: Misdeed {
    package static let name = "media"

    /// From the answer; the edge sends nothing for `pause`.
    package var pauseAfter: Duration?
    package var pause: Duration = .seconds(1)
    /// From the answer; another SSRC, sequence and timestamp.
    package var newSourceAfter: Duration?
    /// From the answer; only zeros from then on.
    package var silentAfter: Duration?
    /// From the answer; SRTP goes on under a key that nobody agreed to.
    package var wrongKeyAfter: Duration?
    private var plan: [Planned] = []

    private struct Planned: Hashable, Sendable {
        let at: Instant
        let action: MisdeedAction
        let sentence: String
    }

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = try setting.entries(known: [
            "pauseAfter", "pause", "newSSRCAfter", "silentAfter", "wrongKeyAfter",
        ])
        let times: ClosedRange<Duration> = .zero ... .seconds(3_600)
        if let after = entries["pauseAfter"] { self.pauseAfter = try after.duration(in: times) }
        if let pause = entries["pause"] { self.pause = try pause.duration(in: times) }
        if let after = entries["newSSRCAfter"] { self.newSourceAfter = try after.duration(in: times) }
        if let after = entries["silentAfter"] { self.silentAfter = try after.duration(in: times) }
        if let after = entries["wrongKeyAfter"] { self.wrongKeyAfter = try after.duration(in: times) }
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
        if let after = self.silentAfter {
            self.plan.append(Planned(at: scene.now + after, action: .silenceMedia, sentence: "digital silence"))
        }
        if let after = self.wrongKeyAfter {
            self.plan.append(Planned(at: scene.now + after, action: .changeKey, sentence: "another key"))
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
