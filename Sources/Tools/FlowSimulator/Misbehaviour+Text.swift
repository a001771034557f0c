extension Misbehaviour {
    /// Reads the YAML's `misbehave`.
    mutating func read(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = try setting.entries(known: Key.allCases.map(\.rawValue))
        for key in Key.allCases {
            if let entry = entries[key.rawValue] { try self.set(key, to: entry) }
        }
        if let contradiction = self.contradiction { throw setting.complaint(contradiction) }
    }

    /// Reads one part from an option, whose text is what the YAML has behind the key.
    package mutating func set(_ key: Key, option: String, to text: String) throws(SimulatorError) {
        do {
            try self.set(key, to: try YAMLSetting.document(text, file: option))
        } catch {
            guard case .configuration(_, _, let sentence) = error else { throw error }
            throw .badOption("\(option): \(sentence)")
        }
    }

    private mutating func set(_ key: Key, to setting: YAMLSetting) throws(SimulatorError) {
        switch key {
        case .refuse: self.refusal = try Refusal(setting)
        case .noResponse: self.noResponse = try NoResponse(setting)
        case .noAnswer: self.neverAnswers = try setting.flag()
        case .recordRouteTCPContactTLS: self.recordRouteTCPContactTLS = try setting.flag()
        case .earlyMedia: self.earlyMedia = try EarlyMedia(setting)
        case .forks: self.forks = try ForkedAnswers(setting)
        case .redirect: self.redirect = try Redirection(setting)
        case .challenge: self.challenge = try Challenge(setting)
        case .glare: self.glare = try Glare(setting)
        case .bye: self.bye = try LateBye(setting)
        case .idleClose: self.idleClose = try IdleClose(setting)
        case .repeats: self.repeats = try Repeats(setting)
        case .trying: self.trying = try SlowTrying(setting)
        case .hold: self.hold = try Hold(setting)
        case .sessionTimer: self.sessionTimer = try SessionTimer(setting)
        case .refer: self.transfer = try Transfer(setting)
        case .sendRefer: self.transferOrder = try TransferOrder(setting)
        case .media: self.media = try MediaFaults(setting)
        case .network: self.network = try LossyNetwork(setting)
        }
    }
}
