/// A datagram of RTCP: one or more packets, of which the first is a report (RFC 3550 section 6.1).
package struct RTCPCompound: Hashable, Sendable {
    package var packets: [RTCPPacket]

    /// Packets in one compound.
    package static let packetsMax = 32

    package init(_ packets: [RTCPPacket]) {
        self.packets = packets
    }

    /// Reads a datagram with the checks of RFC 3550 appendix A.2; one packet that does not fit refuses them all.
    package init(_ datagram: Span<UInt8>) throws(RTPError) {
        guard datagram.count >= 4 else { throw .tooShort }
        guard datagram[0] >> 6 == 2 else { throw .wrongVersion }
        guard datagram[0] & 0x20 == 0, Self.reports.contains(datagram[1]) else { throw .notACompound }
        self.packets = []
        var offset = 0
        while offset < datagram.count {
            guard self.packets.count < Self.packetsMax else { throw .tooManyPackets }
            guard offset + 4 <= datagram.count else { throw .tooShort }
            guard datagram[offset] >> 6 == 2 else { throw .wrongVersion }
            let length = 4 * (1 + (Int(datagram[offset + 2]) << 8 | Int(datagram[offset + 3])))
            guard length <= datagram.count - offset else { throw .badRTCPLength }
            let isLast = offset + length == datagram.count
            self.packets.append(try Self.packet(datagram.extracting(offset..<(offset + length)), isLast: isLast))
            offset += length
        }
    }

    private static func packet(_ packet: Span<UInt8>, isLast: Bool) throws(RTPError) -> RTCPPacket {
        var end = packet.count
        if packet[0] & 0x20 != 0 {
            let padding = Int(packet[packet.count - 1])
            guard isLast, padding > 0, padding % 4 == 0, padding <= packet.count - 4 else { throw .badPadding }
            end -= padding
        }
        var reader = OctetReader(copying: packet.extracting(0..<end))
        let count = Int(packet[0] & 0x1F)
        try reader.skip(4)
        switch packet[1] {
        case Self.senderReportType: return .senderReport(try Self.senderReport(&reader, count: count))
        case Self.receiverReportType:
            return .receiverReport(
                ReceiverReport(ssrc: SSRC(try reader.word()), blocks: try Self.blocks(&reader, count: count)))
        case Self.sourceDescriptionType: return .sourceDescription(try Self.chunks(&reader, count: count))
        case Self.goodbyeType: return .goodbye(try Self.goodbye(&reader, count: count))
        case Self.extendedReportType:
            return .extendedReport(try Self.extendedReport(&reader))
        default: return .other(packetType: packet[1])
        }
    }

    private static func senderReport(_ reader: inout OctetReader, count: Int) throws(RTPError) -> SenderReport {
        let ssrc = SSRC(try reader.word())
        let ntp = NTPTimestamp(rawValue: UInt64(try reader.word()) << 32 | UInt64(try reader.word()))
        return SenderReport(
            ssrc: ssrc, ntpTimestamp: ntp, rtpTimestamp: RTPTimestamp(try reader.word()),
            packetCount: try reader.word(), octetCount: try reader.word(),
            blocks: try Self.blocks(&reader, count: count))
    }

    private static func blocks(_ reader: inout OctetReader, count: Int) throws(RTPError) -> [ReportBlock] {
        // Looked at first, so that a count that lies reserves no memory.
        guard reader.remaining >= 24 * count else { throw .badRTCPLength }
        var blocks: [ReportBlock] = []
        for _ in 0..<count {
            let ssrc = SSRC(try reader.word())
            let loss = try reader.word()
            blocks.append(
                ReportBlock(
                    ssrc: ssrc, fractionLost: UInt8(loss >> 24),
                    cumulativeLost: Int32(bitPattern: loss << 8) >> 8, highestSequenceNumber: try reader.word(),
                    jitter: try reader.word(), lastSenderReport: try reader.word(),
                    delaySinceLastSenderReport: try reader.word()))
        }
        return blocks
    }

    /// Section 6.5: a chunk is an SSRC and items up to a zero octet, padded to a multiple of four.
    private static func chunks(_ reader: inout OctetReader, count: Int) throws(RTPError) -> [SourceDescriptionChunk] {
        var chunks: [SourceDescriptionChunk] = []
        for _ in 0..<count {
            var chunk = SourceDescriptionChunk(ssrc: SSRC(try reader.word()), cname: nil)
            while true {
                let type = try reader.octet()
                guard type != 0 else { break }
                let text = try reader.text(lengthInBytes: Int(try reader.octet()))
                if type == Self.cnameType { chunk.cname = text }
            }
            try reader.skipToWord()
            chunks.append(chunk)
        }
        return chunks
    }

    private static func goodbye(_ reader: inout OctetReader, count: Int) throws(RTPError) -> Goodbye {
        guard reader.remaining >= 4 * count else { throw .badRTCPLength }
        var goodbye = Goodbye(sources: [])
        for _ in 0..<count { goodbye.sources.append(SSRC(try reader.word())) }
        if reader.remaining > 0 {
            goodbye.reason = try reader.text(lengthInBytes: Int(try reader.octet()))
        }
        return goodbye
    }

    /// RFC 3611 section 3: an SSRC and blocks that state their length in words.
    private static func extendedReport(_ reader: inout OctetReader) throws(RTPError) -> ExtendedReport {
        var report = ExtendedReport(ssrc: SSRC(try reader.word()), metrics: [])
        while reader.remaining > 0 {
            let head = try reader.word()
            let words = Int(head & 0xFFFF)
            let isMetrics = head >> 24 == UInt32(VoIPMetrics.blockType) && words == VoIPMetrics.lengthInWords
            if isMetrics, report.metrics.count < ExtendedReport.metricsMax {
                report.metrics.append(try VoIPMetrics(&reader))
            } else {
                try reader.skip(4 * words)
            }
        }
        return report
    }

    static let senderReportType: UInt8 = 200
    static let receiverReportType: UInt8 = 201
    static let sourceDescriptionType: UInt8 = 202
    static let goodbyeType: UInt8 = 203
    static let extendedReportType: UInt8 = 207
    static let cnameType: UInt8 = 1
    private static let reports: ClosedRange<UInt8> = 200...201
}
