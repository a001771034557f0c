import MediaPlane
import SRTP
import Testing

/// What a re-INVITE does to the keys of a call (RFC 3711 section 3.3.1, RFC 4568 section 7.1.4).
@Suite struct SRTPContextsTests {
    private static func key(_ seed: UInt8, _ profile: ProtectionProfile) throws -> MasterKey {
        let count = profile.keyLength + profile.saltLength
        return try #require(MasterKey((0..<count).map { UInt8($0) &* 5 &+ seed }, for: profile))
    }

    private static func security(
        _ profile: ProtectionProfile, send: UInt8, receive: UInt8
    ) throws -> WireSecurity {
        WireSecurity(
            profile: profile, sendKey: try self.key(send, profile), receiveKey: try self.key(receive, profile))
    }

    private static func packet(_ sequenceNumber: Int) -> [UInt8] {
        [0x80, 8, UInt8(sequenceNumber >> 8 & 0xFF), UInt8(sequenceNumber & 0xFF), 0, 0, 0, 0, 1, 2, 3, 4]
            + Array(repeating: 0xD5, count: 160)
    }

    private static func sealed(_ number: Int, by sender: inout SRTPSender) throws -> [UInt8] {
        var packet = self.packet(number) + Array(repeating: 0, count: SRTPSender.overheadMax)
        let count = try sender.protectRTP(&packet, count: 172)
        return Array(packet[..<count])
    }

    private static func opens(_ sealed: [UInt8], by receiver: inout SRTPReceiver, as number: Int) -> Bool {
        var packet = sealed
        guard let count = try? receiver.unprotectRTP(&packet, count: sealed.count) else { return false }
        return Array(packet[..<count]) == self.packet(number)
    }

    private static let choices = SRTPEngine.allCases.flatMap { engine in
        ProtectionProfile.allCases.filter(engine.speaks).map { (engine, $0) }
    }

    /// Past the roll-over a new context would begin at counter 0 and open nothing.
    @Test(arguments: choices)
    func keysThatStayKeepTheirCounters(_ engine: SRTPEngine, _ profile: ProtectionProfile) throws {
        let security = try Self.security(profile, send: 1, receive: 2)
        var ours = try SRTPContexts(security, engine: engine)
        var theirs = try SRTPContexts(try Self.security(profile, send: 2, receive: 1), engine: engine)
        for number in [65_534, 65_535, 65_536] {
            #expect(Self.opens(try Self.sealed(number, by: &ours.sender), by: &theirs.receiver, as: number))
            #expect(Self.opens(try Self.sealed(number, by: &theirs.sender), by: &ours.receiver, as: number))
        }
        ours.renew(by: try SRTPContexts(security, engine: engine))
        for number in [65_537, 65_538] {
            #expect(Self.opens(try Self.sealed(number, by: &ours.sender), by: &theirs.receiver, as: number))
            #expect(Self.opens(try Self.sealed(number, by: &theirs.sender), by: &ours.receiver, as: number))
        }
    }

    /// A direction with a new key begins anew; the other goes on as it was.
    @Test(arguments: choices)
    func oneNewKeyChangesOneDirection(_ engine: SRTPEngine, _ profile: ProtectionProfile) throws {
        var ours = try SRTPContexts(try Self.security(profile, send: 1, receive: 2), engine: engine)
        var theirs = try SRTPContexts(try Self.security(profile, send: 2, receive: 1), engine: engine)
        for number in [65_535, 65_536] {
            #expect(Self.opens(try Self.sealed(number, by: &ours.sender), by: &theirs.receiver, as: number))
            #expect(Self.opens(try Self.sealed(number, by: &theirs.sender), by: &ours.receiver, as: number))
        }
        let old = try Self.sealed(65_537, by: &theirs.sender)
        ours.renew(by: try SRTPContexts(try Self.security(profile, send: 1, receive: 9), engine: engine))
        theirs.renew(by: try SRTPContexts(try Self.security(profile, send: 9, receive: 1), engine: engine))
        #expect(Self.opens(try Self.sealed(65_537, by: &ours.sender), by: &theirs.receiver, as: 65_537))
        #expect(!Self.opens(old, by: &ours.receiver, as: 65_537))
        #expect(Self.opens(try Self.sealed(10, by: &theirs.sender), by: &ours.receiver, as: 10))
    }
}
