import CSRTP
import SRTP
import Testing

/// Agreement with libsrtp2, octet for octet, in both directions.
@Suite(.serialized) struct LibSRTPAgreementTests {
    private static let octets = (0..<30).map { UInt8($0 * 7 + 3) }

    /// 10,000 packets with lengths of 0 to 400 octets, CSRC lists and extensions, begun so that the roll-over counter
    /// reaches 1 in the middle.
    @Test(arguments: EngineAndProfile.comparable) func tenThousandPackets(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        var receiver = try choice.receiver()
        let theirSender = try LibSRTP(choice.profile, key: choice.octets(), .outbound)
        let theirReceiver = try LibSRTP(choice.profile, key: choice.octets(), .inbound)
        var mismatches = 0
        for number in 0..<10_000 {
            let plain = rtpPacket(
                sequenceNumber: UInt16(truncatingIfNeeded: 60_536 + number), payloadLength: (number * 37) % 401,
                csrcCount: number % 5 == 0 ? number % 16 : 0, extensionWords: number % 7 == 0 ? number % 9 : nil)
            let ours = try sender.protectedRTP(plain)
            let theirs = try theirSender.protectRTP(plain)
            if ours != theirs { mismatches += 1 }
            if try theirReceiver.unprotectRTP(ours) != plain { mismatches += 1 }
            if try receiver.openedRTP(theirs) != plain { mismatches += 1 }
        }
        #expect(mismatches == 0)
    }

    /// The same number of packets where libsrtp2 is no oracle, between our own two halves.
    @Test(arguments: [ProtectionProfile.aes192CMHMACSHA1_80, .aes192CMHMACSHA1_32])
    func tenThousandPacketsOfOurOwn(_ profile: ProtectionProfile) throws {
        let choice = EngineAndProfile(engine: .libcrypto, profile: profile)
        var sender = try choice.sender()
        var receiver = try choice.receiver()
        var mismatches = 0
        for number in 0..<10_000 {
            let plain = rtpPacket(sequenceNumber: UInt16(truncatingIfNeeded: 60_536 + number), payloadLength: 40)
            if try receiver.openedRTP(try sender.protectedRTP(plain)) != plain { mismatches += 1 }
        }
        #expect(mismatches == 0)
        let octets = choice.octets()
        let key = try #require(MasterKey(octets, for: profile))
        #expect(throws: SRTPError.unsupportedProfile) { _ = try SRTPSender(profile, key, engine: .libsrtp2) }
        // Should libsrtp2 come to follow RFC 6188, this fails, and it may become the oracle.
        let theirs = try LibSRTP(profile, key: octets, .inbound)
        let sealed = try sender.protectedRTP(rtpPacket(sequenceNumber: 6_000))
        #expect(throws: LibSRTP.Failure.self) { try theirs.unprotectRTP(sealed) }
    }

    @Test(arguments: EngineAndProfile.comparable) func controlPackets(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        var receiver = try choice.receiver()
        let theirSender = try LibSRTP(choice.profile, key: choice.octets(), .outbound)
        let theirReceiver = try LibSRTP(choice.profile, key: choice.octets(), .inbound)
        for number in 0..<10_000 {
            let plain = rtcpPacket(number: UInt8(number & 0xFF))
            #expect(try theirReceiver.unprotectRTCP(try sender.protectedRTCP(plain)) == plain)
            #expect(try receiver.openedRTCP(try theirSender.protectRTCP(plain)) == plain)
        }
    }

    /// RTCP that is authentic but says that it is not encrypted is refused: nobody has agreed to that.
    @Test(arguments: EngineAndProfile.comparable) func unencryptedControlIsRefused(_ choice: EngineAndProfile) throws {
        var receiver = try choice.receiver()
        let sender = try LibSRTP(choice.profile, key: choice.octets(), .outbound, encryptsRTCP: false)
        #expect(receiver.refusalOfRTCP(try sender.protectRTCP(rtcpPacket(number: 1))) == .notEncrypted)
    }

    /// Two whole turns of the sequence number with every hundredth packet lost and neighbours swapped.
    @Test(arguments: SRTPEngine.allCases) func twoRollOversWithLossAndReordering(_ engine: SRTPEngine) throws {
        let key = try #require(MasterKey(Self.octets))
        var receiver = try SRTPReceiver(.aesCM128HMACSHA1_80, key, engine: engine)
        let theirSender = try LibSRTP(.aesCM128HMACSHA1_80, key: Self.octets, .outbound)
        var held: [UInt8]?
        var accepted = 0
        for number in 0..<140_000 {
            let plain = rtpPacket(sequenceNumber: UInt16(truncatingIfNeeded: number), payloadLength: 8)
            let sealed = try theirSender.protectRTP(plain)
            switch number % 100 {
            case 0: continue
            case 50: held = sealed
            case 51:
                #expect(receiver.refusalOfRTP(sealed) == nil)
                if let earlier = held { #expect(receiver.refusalOfRTP(earlier) == nil) }
                accepted += 2
            default:
                if receiver.refusalOfRTP(sealed) == nil { accepted += 1 }
            }
        }
        #expect(accepted == 140_000 - 1_400)
    }

    /// What libsrtp2 refuses as a replay, we refuse too, over a random walk around the window's edge.
    @Test func replayDecisionsAgree() throws {
        var random = SeededGenerator(seed: 3_711)
        let key = try #require(MasterKey(Self.octets))
        var receiver = try SRTPReceiver(.aesCM128HMACSHA1_80, key)
        let theirSender = try LibSRTP(.aesCM128HMACSHA1_80, key: Self.octets, .outbound)
        let theirReceiver = try LibSRTP(.aesCM128HMACSHA1_80, key: Self.octets, .inbound)
        let sealed = try (0..<2_000).map {
            try theirSender.protectRTP(rtpPacket(sequenceNumber: UInt16($0), payloadLength: 4))
        }
        var position = 0
        for _ in 0..<6_000 {
            position = min(sealed.count - 1, position + Int.random(in: 0...1, using: &random))
            let pick = max(0, position - Int.random(in: 0...160, using: &random))
            let theirs = (try? theirReceiver.unprotectRTP(sealed[pick])) != nil
            #expect((receiver.refusalOfRTP(sealed[pick]) == nil) == theirs, "packet \(pick) at \(position)")
        }
    }
}
