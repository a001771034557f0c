import SRTP
import Testing

/// A stream that goes on as another one under the same key (RFC 3550 section 8.2): keys belong to the master key, the
/// roll-over counter and the replay window to the SSRC (RFC 3711 sections 3.2.1 and 4.1.1).
@Suite(.serialized) struct SourceChangeTests {
    private static let first: UInt32 = 0x1122_3344
    private static let second: UInt32 = 0xFEDC_BA98

    /// The new stream begins anywhere, at a roll-over counter of 0, and ours and libsrtp2's agree octet for octet.
    @Test(arguments: EngineAndProfile.comparable, [0, 500, 32_767, 60_000] as [UInt16])
    func changeInMidStream(_ choice: EngineAndProfile, beginning: UInt16) throws {
        var sender = try choice.sender()
        var receiver = try choice.receiver()
        let theirSender = try LibSRTP(choice.profile, key: choice.octets(), .outbound)
        let theirReceiver = try LibSRTP(choice.profile, key: choice.octets(), .inbound)
        for (ssrc, begin) in [(Self.first, 20_000 as UInt16), (Self.second, beginning)] {
            for number in 0..<200 {
                let plain = rtpPacket(sequenceNumber: begin &+ UInt16(number), ssrc: ssrc)
                let ours = try sender.protectedRTP(plain)
                let theirs = try theirSender.protectRTP(plain)
                #expect(ours == theirs, "packet \(number) of \(ssrc)")
                #expect(try theirReceiver.unprotectRTP(ours) == plain)
                #expect(try receiver.openedRTP(theirs) == plain)
            }
        }
    }

    /// A carrier that puts us on hold again and again is heard after each change, and no earlier stream can be played
    /// to us once more.
    @Test(arguments: EngineAndProfile.comparable) func aChangeAMinute(_ choice: EngineAndProfile) throws {
        var receiver = try choice.receiver()
        let sender = try LibSRTP(choice.profile, key: choice.octets(), .outbound)
        var sealed: [[UInt8]] = []
        for change in 0..<60 {
            for number in 0..<5 {
                let plain = rtpPacket(sequenceNumber: UInt16(change * 500 + number), ssrc: UInt32(7_000 + change))
                sealed.append(try sender.protectRTP(plain))
                #expect(try receiver.openedRTP(sealed[sealed.count - 1]) == plain, "change \(change)")
            }
        }
        for packet in sealed { #expect(receiver.refusalOfRTP(packet) == .replayed) }
    }
}
