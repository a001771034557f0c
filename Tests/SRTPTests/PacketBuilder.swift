import SRTP

/// An RTP packet of the tests: PCMA, with a payload that tells its number.
func rtpPacket(
    sequenceNumber: UInt16, ssrc: UInt32 = 0x1122_3344, payloadLength: Int = 160, csrcCount: Int = 0,
    extensionWords: Int? = nil
) -> [UInt8] {
    var packet: [UInt8] = [
        0x80 | UInt8(csrcCount) | (extensionWords == nil ? 0 : 0x10), 8, UInt8(sequenceNumber >> 8),
        UInt8(sequenceNumber & 0xFF), 0, 0, 0, 160,
    ]
    packet += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ssrc >> $0) }
    packet += Array(repeating: 0xC5, count: 4 * csrcCount)
    if let extensionWords {
        packet += [0xBE, 0xDE, UInt8(extensionWords >> 8), UInt8(extensionWords & 0xFF)]
        packet += Array(repeating: 0xEE, count: 4 * extensionWords)
    }
    return packet + (0..<payloadLength).map { UInt8(truncatingIfNeeded: $0 &+ Int(sequenceNumber) &* 7) }
}

/// A sender report of the tests with an empty SDES behind it.
func rtcpPacket(number: UInt8, ssrc: UInt32 = 0x1122_3344) -> [UInt8] {
    let source = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ssrc >> $0) }
    return [0x80, 200, 0, 6] + source + Array(repeating: number, count: 20)
}

extension SRTPSender {
    /// Protects a packet that has no spare room yet.
    mutating func protectedRTP(_ plain: [UInt8]) throws(SRTPError) -> [UInt8] {
        var packet = plain + Array(repeating: 0, count: SRTPSender.overheadMax)
        let count = try self.protectRTP(&packet, count: plain.count)
        return Array(packet[..<count])
    }

    mutating func protectedRTCP(_ plain: [UInt8]) throws(SRTPError) -> [UInt8] {
        var packet = plain + Array(repeating: 0, count: SRTPSender.overheadMax)
        let count = try self.protectRTCP(&packet, count: plain.count)
        return Array(packet[..<count])
    }
}

extension SRTPReceiver {
    mutating func openedRTP(_ sealed: [UInt8]) throws(SRTPError) -> [UInt8] {
        var packet = sealed
        let count = try self.unprotectRTP(&packet, count: sealed.count)
        return Array(packet[..<count])
    }

    mutating func openedRTCP(_ sealed: [UInt8]) throws(SRTPError) -> [UInt8] {
        var packet = sealed
        let count = try self.unprotectRTCP(&packet, count: sealed.count)
        return Array(packet[..<count])
    }

    /// The error that a packet meets; nil when it is accepted. Checks that a refused packet is left as it came.
    mutating func refusalOfRTP(_ sealed: [UInt8]) -> SRTPError? {
        var packet = sealed
        do {
            _ = try self.unprotectRTP(&packet, count: sealed.count)
            return nil
        } catch {
            precondition(packet == sealed, "a refused packet is left as it came")
            return error
        }
    }

    mutating func refusalOfRTCP(_ sealed: [UInt8]) -> SRTPError? {
        var packet = sealed
        do {
            _ = try self.unprotectRTCP(&packet, count: sealed.count)
            return nil
        } catch {
            precondition(packet == sealed, "a refused packet is left as it came")
            return error
        }
    }
}
