import SIPSyntax

/// What is known about the session interval between the two sides (RFC 4028 sections 5, 7 and 9).
struct SessionTimerTerms: Sendable {
    /// How the answer to a request of the peer's goes on.
    enum Verdict: Sendable {
        /// 422 with this Min-SE.
        case tooSmall(MinimumSessionInterval)
        /// Nil without a session timer. `fields` go into the 2xx.
        case agreed(Duration?, weRefresh: Bool, fields: [Headers.Field])
    }

    private let settings: SessionTimerSettings
    /// The longest Min-SE that this call has met; it goes into every later request.
    private(set) var minimum: Duration

    init(_ settings: SessionTimerSettings) {
        self.settings = settings
        self.minimum = settings.intervalMin
    }

    /// The fields of our INVITE, and, with an `agreed` interval, of a re-INVITE or UPDATE, which keeps who refreshes.
    func requestFields(agreed: Duration?, isRefresher: Bool?) -> [Headers.Field] {
        guard agreed != nil || self.settings.isOn else { return [] }
        let refresher: SessionExpires.Refresher? =
            switch isRefresher {
            case true?: .uac
            case false?: .uas
            case nil:
                switch self.settings.refresher {
                case .us: .uac
                case .peer: .uas
                case .either: nil
                }
            }
        let interval = max(agreed ?? self.settings.interval, self.minimum)
        var fields = [
            Headers.Field(
                name: .sessionExpires, value: SessionExpires(interval: interval, refresher: refresher).headerValue)
        ]
        if self.minimum > Self.defaultMinimum {
            fields.append(Headers.Field(name: .minSE, value: MinimumSessionInterval(self.minimum).headerValue))
        }
        return fields
    }

    /// Takes the Min-SE of a 422. False when it asks for no more than we did: then there is nothing to try again with.
    mutating func raise(to minimum: Duration) -> Bool {
        guard minimum > self.minimum else { return false }
        self.minimum = minimum
        return true
    }

    /// What a 2xx to a request of ours says. Nil without a session timer.
    func judge(_ response: Response) -> (interval: Duration, weRefresh: Bool)? {
        if let field = try? response.headers.sessionExpires, field.interval > .zero {
            return (max(field.interval, Self.defaultMinimum), weRefresh: field.refresher != .uas)
        }
        guard self.settings.isOn, self.settings.refreshesAlone else { return nil }
        return (max(self.settings.interval, self.minimum), weRefresh: true)
    }

    /// What is answered to an INVITE, re-INVITE or UPDATE (section 9). `isRefresher` is who refreshes so far.
    func judge(_ request: Request, isRefresher: Bool?) -> Verdict {
        let peerSupports = ((try? request.headers.supported) ?? []).contains { $0.text.lowercased() == "timer" }
        let asked = (try? request.headers.sessionExpires) ?? nil
        if let asked, asked.interval < self.settings.intervalMin, peerSupports {
            return .tooSmall(MinimumSessionInterval(self.settings.intervalMin))
        }
        guard asked != nil || self.settings.isOn && (peerSupports || self.settings.refreshesAlone) else {
            return .agreed(nil, weRefresh: false, fields: [])
        }
        let theirMinimum = ((try? request.headers.minSE) ?? nil)?.interval ?? .zero
        let interval = max(asked?.interval ?? max(self.settings.interval, theirMinimum), Self.defaultMinimum)
        let weRefresh = !peerSupports || self.weRefresh(asked?.refresher, isRefresher)
        // The peer must know that it refreshes, and should know that it is to watch (section 9).
        var fields = [
            Headers.Field(
                name: .sessionExpires,
                value: SessionExpires(interval: interval, refresher: weRefresh ? .uas : .uac).headerValue)
        ]
        if peerSupports { fields.append(Headers.Field(name: .require, value: [Token.sessionTimer].headerValue)) }
        return .agreed(interval, weRefresh: weRefresh, fields: fields)
    }

    private func weRefresh(_ asked: SessionExpires.Refresher?, _ isRefresher: Bool?) -> Bool {
        switch asked {
        case .uac?: false
        case .uas?: true
        case nil: isRefresher ?? (self.settings.refresher != .peer)
        }
    }

    /// Below this nobody may go (section 5).
    private static let defaultMinimum: Duration = .seconds(90)
}
