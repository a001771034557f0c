import SRTP

/// One of the combinations that the same tests hold for: whose code, and which suite.
struct EngineAndProfile: Hashable, CustomStringConvertible {
    var engine: SRTPEngine
    var profile: ProtectionProfile

    static let all = SRTPEngine.allCases.flatMap { engine in
        ProtectionProfile.allCases.filter(engine.speaks).map { EngineAndProfile(engine: engine, profile: $0) }
    }

    /// Those for which libsrtp2 is an oracle.
    static let comparable = all.filter { SRTPEngine.libsrtp2.speaks($0.profile) }

    var description: String { "\(self.engine) \(self.profile)" }

    /// Key and salt in one, made of a seed.
    func octets(seed: UInt8 = 3) -> [UInt8] {
        (0..<self.profile.keyLength + self.profile.saltLength).map { UInt8(truncatingIfNeeded: $0 * 7) &+ seed }
    }

    func sender(seed: UInt8 = 3) throws -> SRTPSender {
        try SRTPSender(self.profile, try self.key(seed: seed), engine: self.engine)
    }

    func receiver(seed: UInt8 = 3) throws -> SRTPReceiver {
        try SRTPReceiver(self.profile, try self.key(seed: seed), engine: self.engine)
    }

    private func key(seed: UInt8) throws -> MasterKey {
        guard let key = MasterKey(self.octets(seed: seed), for: self.profile) else { throw SRTPError.badKeyLength }
        return key
    }
}
