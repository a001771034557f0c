extension RTCPCompound {
    /// The datagram of these packets, each of a length in whole words. `.other` packets are not written.
    package func encoded() -> [UInt8] {
        var octets: [UInt8] = []
        for packet in self.packets { Self.write(packet, to: &octets) }
        return octets
    }

    private static func write(_ packet: RTCPPacket, to octets: inout [UInt8]) {
        let start = octets.count
        switch packet {
        case .senderReport(let report):
            Self.writeHead(type: Self.senderReportType, count: report.blocks.count, to: &octets)
            octets.append(word: report.ssrc.rawValue)
            octets.append(word: UInt32(truncatingIfNeeded: report.ntpTimestamp.rawValue >> 32))
            octets.append(word: UInt32(truncatingIfNeeded: report.ntpTimestamp.rawValue))
            octets.append(word: report.rtpTimestamp.rawValue)
            octets.append(word: report.packetCount)
            octets.append(word: report.octetCount)
            for block in report.blocks { Self.write(block, to: &octets) }
        case .receiverReport(let report):
            Self.writeHead(type: Self.receiverReportType, count: report.blocks.count, to: &octets)
            octets.append(word: report.ssrc.rawValue)
            for block in report.blocks { Self.write(block, to: &octets) }
        case .sourceDescription(let chunks):
            Self.writeHead(type: Self.sourceDescriptionType, count: chunks.count, to: &octets)
            for chunk in chunks { Self.write(chunk, to: &octets) }
        case .goodbye(let goodbye):
            Self.writeHead(type: Self.goodbyeType, count: goodbye.sources.count, to: &octets)
            for source in goodbye.sources { octets.append(word: source.rawValue) }
            if let reason = goodbye.reason {
                octets.append(counted: reason)
                octets.padToWord()
            }
        case .extendedReport(let report):
            octets += [0x80, Self.extendedReportType, 0, 0]
            octets.append(word: report.ssrc.rawValue)
            for metrics in report.metrics {
                octets.append(word: UInt32(VoIPMetrics.blockType) << 24 | UInt32(VoIPMetrics.lengthInWords))
                for word in metrics.words { octets.append(word: word) }
            }
        case .other:
            return
        }
        let words = (octets.count - start) / 4 - 1
        octets[start + 2] = UInt8(truncatingIfNeeded: words >> 8)
        octets[start + 3] = UInt8(truncatingIfNeeded: words)
    }

    private static func writeHead(type: UInt8, count: Int, to octets: inout [UInt8]) {
        precondition(count <= 31, "five bits count the blocks, chunks or sources of a packet")
        octets += [0x80 | UInt8(count), type, 0, 0]
    }

    private static func write(_ block: ReportBlock, to octets: inout [UInt8]) {
        octets.append(word: block.ssrc.rawValue)
        octets.append(
            word: UInt32(block.fractionLost) << 24 | UInt32(bitPattern: block.cumulativeLost) & 0xFF_FFFF)
        octets.append(word: block.highestSequenceNumber)
        octets.append(word: block.jitter)
        octets.append(word: block.lastSenderReport)
        octets.append(word: block.delaySinceLastSenderReport)
    }

    /// A chunk ends with at least one zero octet, on a word boundary.
    private static func write(_ chunk: SourceDescriptionChunk, to octets: inout [UInt8]) {
        octets.append(word: chunk.ssrc.rawValue)
        if let cname = chunk.cname {
            octets.append(Self.cnameType)
            octets.append(counted: cname)
        }
        octets.append(0)
        octets.padToWord()
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: UInt32) {
        self += [
            UInt8(truncatingIfNeeded: word >> 24), UInt8(truncatingIfNeeded: word >> 16),
            UInt8(truncatingIfNeeded: word >> 8), UInt8(truncatingIfNeeded: word),
        ]
    }

    /// One octet of length and the text, which must fit it.
    fileprivate mutating func append(counted text: String) {
        precondition(text.utf8.count <= 255, "one octet counts the text's length")
        self.append(UInt8(text.utf8.count))
        self += Array(text.utf8)
    }

    /// Every packet before this one is a whole number of words long, so the array's own length tells the padding.
    fileprivate mutating func padToWord() {
        while !self.count.isMultiple(of: 4) { self.append(0) }
    }
}
