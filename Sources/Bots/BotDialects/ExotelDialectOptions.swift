import PCM

/// What an Exotel stream announces besides the call.
package struct ExotelDialectOptions: Hashable, Sendable {
    /// `start.account_sid`; stock bots refuse a start without one.
    package var accountSID: String
    /// 8, 16 or 24 kHz: the `sample-rate` of the bot's URL, default 8 kHz.
    package var rate: SampleRate
    /// Audio in one media message. Exotel sends about 100 ms; 20 ms is quicker and stock bots take it.
    package var mediaInterval: MediaInterval

    package enum MediaInterval: Int, Hashable, Sendable {
        case milliseconds20 = 20
        case milliseconds100 = 100
    }

    package init(
        accountSID: String, rate: SampleRate = .hz8000, mediaInterval: MediaInterval = .milliseconds20
    ) {
        self.accountSID = accountSID
        self.rate = rate
        self.mediaInterval = mediaInterval
    }

    /// The rate that the URL of a bot asks for by `sample-rate` (or `sample_rate`): 8 kHz when it does not ask, nil when
    /// it asks for one that the dialect does not have.
    package static func rate(inURL url: String) -> SampleRate? {
        guard let mark = url.firstIndex(of: "?") else { return .hz8000 }
        let query = url[url.index(after: mark)...].prefix(while: { $0 != "#" })
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "sample-rate" || parts[0] == "sample_rate" else { continue }
            guard let hertz = Int(parts[1]), let rate = SampleRate(hertz: hertz), rate != .hz48000 else { return nil }
            return rate
        }
        return .hz8000
    }
}
