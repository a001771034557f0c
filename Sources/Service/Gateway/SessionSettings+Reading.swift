import SIPUserAgent
import Timekeeping
import Yams

/// Session timers (RFC 4028) and reliable provisional answers (RFC 3262), of the gateway or of one trunk.
extension SessionSettings {
    /// The settings with what `section` says otherwise; the gateway's keys, where a trunk's section leaves them out.
    func changed(by section: GatewayConfigurationSection) throws(GatewayConfigurationError) -> SessionSettings {
        var settings = self
        if let node = section["reliableProvisionals"] {
            settings.reliableProvisionals = try node.word(
                ReliableProvisionalsPolicy.allCases.map { (Self.word(for: $0), $0) })
        }
        if let node = section["sessionTimer"] { try Self.read(node, into: &settings.timer) }
        return settings
    }

    private static func read(
        _ node: GatewayConfigurationNode, into timer: inout SessionTimerSettings
    ) throws(GatewayConfigurationError) {
        guard node.node.scalar == nil else {
            timer.isOn = try node.word([("on", true), ("off", false)])
            return
        }
        let section = try GatewayConfigurationSection(node, keys: ["interval", "minimum", "refresher"])
        timer.isOn = true
        if let minimum = section["minimum"] { timer.intervalMin = try minimum.duration(in: Self.intervals) }
        if let interval = section["interval"] { timer.interval = try interval.duration(in: Self.intervals) }
        guard timer.interval >= timer.intervalMin else {
            throw node.complaint("\(node.path) asks for less than its minimum", fix: "raise interval or lower minimum")
        }
        if let refresher = section["refresher"] {
            timer.refresher = try refresher.word([
                ("us", SessionTimerSettings.Preference.us), ("peer", .peer), ("either", .either),
            ])
        }
    }

    /// RFC 4028 section 4: never below 90 s.
    private static let intervals: ClosedRange<Duration> = .seconds(90)...(.seconds(86_400))

    /// As `trunkline check` prints them.
    var lines: [String] {
        let timer =
            self.timer.isOn
            ? "\(self.timer.interval.settingText), at least \(self.timer.intervalMin.settingText), "
                + "refreshed by \(self.timer.refresher)"
            : "off"
        return [
            "sessionTimer: \(timer)", "reliableProvisionals: \(Self.word(for: self.reliableProvisionals))",
        ]
    }

    private static func word(for policy: ReliableProvisionalsPolicy) -> String {
        switch policy {
        case .off: "off"
        case .whenRequired: "whenRequired"
        case .whenSupported: "whenSupported"
        case .required: "required"
        }
    }
}
