import SRTP
import Testing

/// RFC 3711 appendix B and the packets of Resources/srtp.json.
@Suite struct SRTPVectorTests {
    private let vectors: SRTPVectors

    init() throws {
        self.vectors = try SRTPVectors.load()
    }

    /// Appendix B.2: AES-CM key stream.
    @Test func keyStreamOfAppendixB2() throws {
        let iv = octets(self.vectors.b2.iv)
        #expect(iv[14...] == [0, 0])
        let counter = CounterBlock(salt: SessionSalt(Array(iv[..<14])), ssrc: 0, index: 0)
        let expected = octets(self.vectors.b2.keystream)
        let cipher = try CounterModeCipher(key: octets(self.vectors.b2.key))
        var stream = [UInt8](repeating: 0, count: expected.count)
        var span = stream.mutableSpan
        try cipher.apply(counter: counter, to: &span, in: 0..<expected.count)
        #expect(stream == expected)
    }

    /// Appendix B.3: the session keys of a master key.
    @Test func keyDerivationOfAppendixB3() throws {
        let derivation = try KeyDerivation(try self.vectors.master)
        #expect(try derivation.octets(label: 0, count: 16) == octets(self.vectors.b3.cipherKey))
        #expect(try derivation.octets(label: 2, count: 14) == octets(self.vectors.b3.cipherSalt))
        #expect(try derivation.octets(label: 1, count: 94) == octets(self.vectors.b3.authKey94))
    }

    @Test(arguments: SRTPEngine.allCases) func packetsBothWays(_ engine: SRTPEngine) throws {
        #expect(self.vectors.packets.count == 2)
        for vector in self.vectors.packets {
            let suite = try profile(named: vector.suite)
            var sender = try SRTPSender(suite, try self.vectors.master, engine: engine)
            var receiver = try SRTPReceiver(suite, try self.vectors.master, engine: engine)
            #expect(try sender.protectedRTP(octets(vector.plain)) == octets(vector.srtp), "\(vector.suite)")
            #expect(try receiver.openedRTP(octets(vector.srtp)) == octets(vector.plain), "\(vector.suite)")
        }
    }

    @Test(arguments: SRTPEngine.allCases) func rollOverBothWays(_ engine: SRTPEngine) throws {
        var sender = try SRTPSender(.aesCM128HMACSHA1_80, try self.vectors.master, engine: engine)
        var receiver = try SRTPReceiver(.aesCM128HMACSHA1_80, try self.vectors.master, engine: engine)
        #expect(self.vectors.rollover.map(\.roc) == [0, 0, 1, 1, 1])
        for vector in self.vectors.rollover {
            #expect(try sender.protectedRTP(octets(vector.plain)) == octets(vector.srtp), "sequence \(vector.seq)")
            #expect(try receiver.openedRTP(octets(vector.srtp)) == octets(vector.plain), "sequence \(vector.seq)")
        }
    }

    @Test(arguments: SRTPEngine.allCases) func controlPacketsBothWays(_ engine: SRTPEngine) throws {
        #expect(self.vectors.srtcp.count == 1)
        for vector in self.vectors.srtcp {
            let suite = try profile(named: vector.suite)
            #expect(vector.index == 1, "the first index that we use")
            var sender = try SRTPSender(suite, try self.vectors.master, engine: engine)
            var receiver = try SRTPReceiver(suite, try self.vectors.master, engine: engine)
            #expect(try sender.protectedRTCP(octets(vector.plain)) == octets(vector.srtcp))
            #expect(try receiver.openedRTCP(octets(vector.srtcp)) == octets(vector.plain))
        }
    }

    /// Every negative case of the file by its name; an unknown name fails.
    @Test(arguments: SRTPEngine.allCases) func negatives(_ engine: SRTPEngine) throws {
        for negative in self.vectors.negative {
            try self.check(negative.name, engine)
        }
        #expect(self.vectors.negative.count == 7)
    }

    private func check(_ name: String, _ engine: SRTPEngine) throws {
        var sender = try SRTPSender(.aesCM128HMACSHA1_80, try self.vectors.master, engine: engine)
        var receiver = try SRTPReceiver(.aesCM128HMACSHA1_80, try self.vectors.master, engine: engine)
        let first = try sender.protectedRTP(rtpPacket(sequenceNumber: 1_000))
        let second = try sender.protectedRTP(rtpPacket(sequenceNumber: 1_001))
        switch name {
        case "replay":
            #expect(receiver.refusalOfRTP(first) == nil)
            #expect(receiver.refusalOfRTP(first) == .replayed)
        case "old":
            let newer = try sender.protectedRTP(rtpPacket(sequenceNumber: 1_000 + 200))
            #expect(receiver.refusalOfRTP(newer) == nil)
            #expect(receiver.refusalOfRTP(first) == .replayed)
        case "tag bit flip":
            for bit in 0..<80 {
                var flipped = first
                flipped[first.count - 10 + bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(receiver.refusalOfRTP(flipped) == .authenticationFailed)
            }
            #expect(receiver.refusalOfRTP(second) == nil)
            #expect(receiver.refusalOfRTP(first) == nil, "the forged ones moved nothing")
        case "ssrc change":
            var changed = first
            changed[11] ^= 1
            #expect(receiver.refusalOfRTP(changed) == .authenticationFailed)
        case "rtp in clear":
            #expect(receiver.refusalOfRTP(rtpPacket(sequenceNumber: 1_000)) == .authenticationFailed)
        case "short":
            for count in 0...21 {
                #expect(receiver.refusalOfRTP(Array(first[..<count])) == .malformed, "\(count) octets")
            }
        case "two-time pad":
            // A key of one direction does not open the other: offer and answer each bring their own.
            let other = try MasterKey(key: Array(repeating: 7, count: 16), salt: Array(repeating: 9, count: 14))
            var wrong = try SRTPReceiver(.aesCM128HMACSHA1_80, other, engine: engine)
            #expect(wrong.refusalOfRTP(first) == .authenticationFailed)
            #expect(throws: SRTPError.replayed) { try sender.protectedRTP(rtpPacket(sequenceNumber: 1_001)) }
        default:
            throw UnknownName(name: name)
        }
    }
}
