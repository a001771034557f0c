import SIPUserAgent
import Timekeeping
import Yams

/// Session timers (RFC 4028) and reliable provisional answers (RFC 3262).
extension GatewayConfiguration {
    mutating func readSessions(_ sip: GatewayConfigurationSection) throws(GatewayConfigurationError) {
        if let node = sip["reliableProvisionals"] {
            self.reliableProvisionals = try node.word([
                ("whenRequired", ReliableProvisionalsPolicy.whenRequired), ("whenSupported", .whenSupported),
            ])
        }
        guard let node = sip["sessionTimer"] else { return }
        guard node.node.scalar == nil else {
            self.sessionTimer.isOn = try node.word([("on", true), ("off", false)])
            return
        }
        let section = try GatewayConfigurationSection(node, keys: ["interval", "minimum", "refresher"])
        if let minimum = section["minimum"] {
            self.sessionTimer.intervalMin = try minimum.duration(in: Self.intervals)
        }
        if let interval = section["interval"] {
            self.sessionTimer.interval = try interval.duration(in: Self.intervals)
        }
        guard self.sessionTimer.interval >= self.sessionTimer.intervalMin else {
            throw node.complaint("\(node.path) asks for less than its minimum", fix: "raise interval or lower minimum")
        }
        if let refresher = section["refresher"] {
            self.sessionTimer.refresher = try refresher.word([
                ("us", SessionTimerSettings.Preference.us), ("peer", .peer), ("either", .either),
            ])
        }
    }

    /// RFC 4028 section 4: never below 90 s.
    private static let intervals: ClosedRange<Duration> = .seconds(90)...(.seconds(86_400))

    var sessionTimerText: String {
        guard self.sessionTimer.isOn else { return "off" }
        return "\(self.sessionTimer.interval.settingText), at least \(self.sessionTimer.intervalMin.settingText), "
            + "refreshed by \(self.sessionTimer.refresher)"
    }
}
