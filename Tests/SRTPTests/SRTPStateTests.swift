import SRTP
import Testing

/// What moves the receiver's state and what must not, and the limits of both sides.
@Suite struct SRTPStateTests {
    private static let choices = EngineAndProfile.all

    /// A change of any one octet is refused and moves nothing; header, CSRC list, extension, payload and tag alike.
    @Test(arguments: choices) func everyOctetIsProtected(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        var receiver = try choice.receiver()
        #expect(receiver.refusalOfRTP(try sender.protectedRTP(rtpPacket(sequenceNumber: 9))) == nil)
        let sealed = try sender.protectedRTP(
            rtpPacket(sequenceNumber: 10, payloadLength: 40, csrcCount: 2, extensionWords: 3))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x41
            let refusal = receiver.refusalOfRTP(changed)
            #expect([.authenticationFailed, .malformed, .replayed].contains(refusal), "octet \(index)")
        }
        #expect(receiver.refusalOfRTP(sealed) == nil)
    }

    @Test(arguments: choices) func everyOctetOfRTCPIsProtected(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        var receiver = try choice.receiver()
        let sealed = try sender.protectedRTCP(rtcpPacket(number: 1))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x41
            let refusal = receiver.refusalOfRTCP(changed)
            #expect([.authenticationFailed, .malformed, .notEncrypted].contains(refusal), "octet \(index)")
        }
        #expect(try receiver.openedRTCP(sealed) == rtcpPacket(number: 1))
        #expect(receiver.refusalOfRTCP(sealed) == .replayed)
    }

    /// Header, CSRC list and extension stay readable; the payload does not.
    @Test(arguments: choices) func onlyThePayloadIsEncrypted(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        let plain = rtpPacket(sequenceNumber: 1, payloadLength: 40, csrcCount: 1, extensionWords: 2)
        let sealed = try sender.protectedRTP(plain)
        let headerLength = plain.count - 40
        #expect(sealed[..<headerLength] == plain[..<headerLength])
        #expect(sealed[headerLength..<plain.count] != plain[headerLength...])
        #expect(sealed.count == plain.count + choice.profile.rtpTagLength)
    }

    @Test(arguments: choices) func tagsHaveTheLengthOfTheSuite(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        let expected =
            switch choice.profile {
            case .aesCM128HMACSHA1_80, .aes192CMHMACSHA1_80, .aes256CMHMACSHA1_80: (rtp: 10, rtcp: 14)
            case .aesCM128HMACSHA1_32, .aes192CMHMACSHA1_32, .aes256CMHMACSHA1_32: (rtp: 4, rtcp: 14)
            case .aeadAES128GCM, .aeadAES256GCM: (rtp: 16, rtcp: 20)
            }
        #expect(try sender.protectedRTP(rtpPacket(sequenceNumber: 1)).count == 172 + expected.rtp)
        #expect(try sender.protectedRTCP(rtcpPacket(number: 1)).count == 28 + expected.rtcp)
    }

    /// The window is 128 packets wide: the one at its edge is still taken, once, and the one behind it is not.
    @Test(arguments: choices) func replayWindowEdges(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        var sealed: [[UInt8]] = []
        for number in 0..<200 { sealed.append(try sender.protectedRTP(rtpPacket(sequenceNumber: UInt16(number)))) }
        var receiver = try choice.receiver()
        #expect(receiver.refusalOfRTP(sealed[199]) == nil)
        #expect(receiver.refusalOfRTP(sealed[199 - 128]) == .replayed)
        #expect(receiver.refusalOfRTP(sealed[199 - 127]) == nil)
        #expect(receiver.refusalOfRTP(sealed[199 - 127]) == .replayed)
        for number in (73..<199).reversed() {
            #expect(receiver.refusalOfRTP(sealed[number]) == nil, "packet \(number) comes late but first")
        }
    }

    /// A packet from before the roll-over that comes after it keeps its own counter.
    @Test(arguments: choices) func reorderingAcrossTheRollOver(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        var sealed: [[UInt8]] = []
        for number in [65_533, 65_534, 65_535, 0, 1, 2] as [UInt16] {
            sealed.append(try sender.protectedRTP(rtpPacket(sequenceNumber: number)))
        }
        var receiver = try choice.receiver()
        for index in [0, 3, 1, 5, 2, 4] {
            #expect(receiver.refusalOfRTP(sealed[index]) == nil, "packet \(index)")
        }
    }

    /// A forged packet of a new SSRC leaves no trace; `sourcesMax` real ones are kept, and one more is refused.
    @Test(arguments: choices) func sourcesAreBounded(_ choice: EngineAndProfile) throws {
        var receiver = try choice.receiver()
        for number in 0..<1_000 {
            let forged = rtpPacket(sequenceNumber: 5, ssrc: UInt32(number))
            #expect(receiver.refusalOfRTP(forged) == .authenticationFailed)
        }
        for number in 0..<SRTPReceiver.sourcesMax {
            var sender = try choice.sender()
            let sealed = try sender.protectedRTP(rtpPacket(sequenceNumber: 5, ssrc: UInt32(number)))
            #expect(receiver.refusalOfRTP(sealed) == nil)
        }
        var sender = try choice.sender()
        var packet = try sender.protectedRTP(rtpPacket(sequenceNumber: 5, ssrc: 0xFFFF))
        let count = packet.count
        #expect(throws: SRTPError.tooManySources) { try receiver.unprotectRTP(&packet, count: count) }
    }

    @Test(arguments: choices) func senderSourcesAreBounded(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        for number in 0..<SRTPSender.sourcesMax {
            _ = try sender.protectedRTP(rtpPacket(sequenceNumber: 5, ssrc: UInt32(number)))
        }
        #expect(throws: SRTPError.tooManySources) {
            try sender.protectedRTP(rtpPacket(sequenceNumber: 5, ssrc: 0xFFFF))
        }
    }

    @Test(arguments: choices) func aBufferWithoutRoomIsRefused(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        let room = choice.profile.rtpTagLength - 1
        var packet = rtpPacket(sequenceNumber: 5) + Array(repeating: 0, count: room)
        #expect(throws: SRTPError.noRoom) { try sender.protectRTP(&packet, count: 172) }
        var control = rtcpPacket(number: 1) + Array(repeating: 0, count: choice.profile.rtcpOverhead - 1)
        #expect(throws: SRTPError.noRoom) { try sender.protectRTCP(&control, count: 28) }
        #expect(packet[..<172] == rtpPacket(sequenceNumber: 5)[...], "nothing was encrypted")
    }

    /// The tag covers the flag that says whether SRTCP is encrypted.
    @Test(arguments: choices) func encryptionFlagIsProtected(_ choice: EngineAndProfile) throws {
        var sender = try choice.sender()
        var receiver = try choice.receiver()
        var sealed = try sender.protectedRTCP(rtcpPacket(number: 1))
        let flag = choice.profile.rtcpTagLength == 16 ? 28 + 16 : 28
        sealed[flag] &= 0x7F
        // libsrtp2 looks at the flag before it looks at the tag, except in Galois/counter mode.
        let looksFirst = choice.engine == .libsrtp2 && choice.profile.rtcpTagLength == 10
        let refusal: SRTPError = looksFirst ? .notEncrypted : .authenticationFailed
        #expect(receiver.refusalOfRTCP(sealed) == refusal)
    }

    /// Every truncation and 10,000 random packets are refused without harm.
    @Test(arguments: choices) func garbageIsRefused(_ choice: EngineAndProfile) throws {
        var random = SeededGenerator(seed: 3_711)
        var sender = try choice.sender()
        var receiver = try choice.receiver()
        let sealed = try sender.protectedRTP(rtpPacket(sequenceNumber: 7, csrcCount: 1, extensionWords: 1))
        for count in sealed.indices { #expect(receiver.refusalOfRTP(Array(sealed[..<count])) != nil) }
        for _ in 0..<10_000 {
            let length = Int.random(in: 0...400, using: &random)
            let garbage = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(receiver.refusalOfRTP(garbage) != nil)
            #expect(receiver.refusalOfRTCP(garbage) != nil)
        }
        #expect(receiver.refusalOfRTP(sealed) == nil, "the call lives on")
    }

    @Test func keysHaveTheirLengthAndStayHidden() throws {
        #expect(throws: SRTPError.badKeyLength) { try MasterKey(key: [1, 2], salt: Array(repeating: 0, count: 14)) }
        #expect(MasterKey(Array(repeating: 0, count: 29)) == nil)
        let key = try #require(MasterKey(Array(0..<30)))
        #expect(key == (try MasterKey(key: Array(0..<16), salt: Array(16..<30))))
        #expect("\(key)" == "MasterKey(hidden)" && String(reflecting: key) == "MasterKey(hidden)")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("15"))
    }
}
