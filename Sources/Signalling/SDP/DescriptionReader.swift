internal import Addressing

/// Reads a session description line by line.
///
/// CR LF, LF alone, empty lines and unknown types are taken as they come; `o=`, `s=` and `t=` may be missing. A line
/// that is no `x=value`, and a `c=`, `m=` or `v=` that cannot be read, is an error: to guess there is to send media
/// astray.
struct DescriptionReader {
    private let limits: DescriptionLimits
    private var description = SessionDescription(origin: nil, connection: nil)
    private var line = 0
    private var isVersionSeen = false

    static func read(_ bytes: [UInt8], limits: DescriptionLimits) throws(SDPRefusal) -> SessionDescription {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= limits.lengthMax else { throw .tooLong }
        var reader = DescriptionReader(limits: limits)
        let text = bytes.last == 0x0A ? bytes.dropLast() : bytes[...]
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            reader.line += 1
            guard reader.line <= limits.lineCountMax else { throw .tooManyLines }
            let content = line.last == 0x0D ? line.dropLast() : line
            guard content.count <= limits.lineLengthMax else { throw .lineTooLong }
            if !content.isEmpty { try reader.read(content) }
        }
        guard reader.isVersionSeen else { throw .malformedLine(1) }
        return reader.description
    }

    private init(limits: DescriptionLimits) {
        self.limits = limits
    }

    private var fault: SDPRefusal { .malformedLine(self.line) }

    private mutating func read(_ content: ArraySlice<UInt8>) throws(SDPRefusal) {
        guard content.count >= 2, let type = content.first, 0x61...0x7A ~= type,
            content[content.startIndex + 1] == UInt8(ascii: "=")
        else { throw self.fault }
        let value = String(decoding: content.dropFirst(2), as: UTF8.self)
        guard value.isOneLine else { throw self.fault }
        guard self.isVersionSeen || type == UInt8(ascii: "v") else { throw self.fault }
        switch type {
        case UInt8(ascii: "v"):
            guard value == "0" else { throw .unsupportedVersion }
            self.isVersionSeen = true
        case UInt8(ascii: "o"): self.description.origin = Self.origin(value)
        case UInt8(ascii: "c"): try self.readConnection(value)
        case UInt8(ascii: "t"): self.description.timing = Self.timing(value) ?? self.description.timing
        case UInt8(ascii: "a"): try self.readAttribute(value)
        case UInt8(ascii: "m"): try self.readMedia(value)
        default: break
        }
    }

    private static func origin(_ value: String) -> SessionDescription.Origin? {
        let parts = value.split(separator: " ")
        guard parts.count == 6, let sessionID: UInt64 = Decimal.parse(parts[1]),
            let version: UInt64 = Decimal.parse(parts[2]), let address = IPAddress(parts[5])
        else { return nil }
        return SessionDescription.Origin(sessionID: sessionID, sessionVersion: version, address: address)
    }

    private static func timing(_ value: String) -> SessionDescription.Timing? {
        let parts = value.split(separator: " ")
        guard parts.count == 2, let start: UInt64 = Decimal.parse(parts[0]), let stop: UInt64 = Decimal.parse(parts[1])
        else { return nil }
        return SessionDescription.Timing(start: start, stop: stop)
    }

    /// `IN IP4 192.0.2.1`, with `/ttl` or `/ttl/count` behind a multicast address.
    private mutating func readConnection(_ value: String) throws(SDPRefusal) {
        let parts = value.split(separator: " ")
        guard parts.count == 3, parts[0].asciiUppercased == "IN", let host = parts[2].split(separator: "/").first else {
            throw self.fault
        }
        let connection: ConnectionAddress
        switch (parts[1].asciiUppercased, IPAddress(host)) {
        case ("IP4", .some(let address)) where address.isV4: connection = .ip(address)
        case ("IP6", .some(let address)) where !address.isV4: connection = .ip(address)
        case ("IP4", nil), ("IP6", nil):
            guard let name = MediaToken(host), !Self.looksNumeric(host) else { throw self.fault }
            connection = .name(name)
        default: throw self.fault
        }
        if self.description.media.isEmpty {
            self.description.connection = connection
        } else {
            self.description.media[self.description.media.count - 1].connection = connection
        }
    }

    /// An address that is written wrongly, and so not a name: 256.1.1.1, 1.2.3, ::g.
    private static func looksNumeric(_ host: Substring) -> Bool {
        host.utf8.contains(UInt8(ascii: ":")) || host.utf8.allSatisfy { 0x30...0x39 ~= $0 || $0 == UInt8(ascii: ".") }
    }

    private mutating func readAttribute(_ value: String) throws(SDPRefusal) {
        let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, !name.isEmpty else { throw self.fault }
        let attribute = Attribute(checkedName: name, value: parts.count > 1 ? parts[1] : nil)
        if self.description.media.isEmpty {
            guard self.description.attributes.count < self.limits.attributeCountMax else { throw .tooManyAttributes }
            self.description.attributes.append(attribute)
        } else {
            let last = self.description.media.count - 1
            guard self.description.media[last].attributes.count < self.limits.attributeCountMax else {
                throw .tooManyAttributes
            }
            self.description.media[last].attributes.append(attribute)
        }
    }

    /// `media port["/" count] transport format...`; of several ports the first is used.
    private mutating func readMedia(_ value: String) throws(SDPRefusal) {
        guard self.description.media.count < self.limits.mediaCountMax else { throw .tooManyMediaDescriptions }
        let parts = value.split(separator: " ")
        guard parts.count >= 4, let kind = MediaToken(parts[0]), let transport = MediaToken(parts[2]) else {
            throw self.fault
        }
        let ports = parts[1].split(separator: "/", omittingEmptySubsequences: false)
        guard ports.count <= 2, let port: UInt16 = Decimal.parse(ports[0]) else { throw self.fault }
        if ports.count == 2 {
            guard let count: UInt16 = Decimal.parse(ports[1]), count > 0 else { throw self.fault }
        }
        guard parts.count - 3 <= self.limits.formatCountMax else { throw .tooManyFormats }
        let formats = parts.dropFirst(3).compactMap { MediaToken($0) }
        guard formats.count == parts.count - 3 else { throw self.fault }
        self.description.media.append(
            MediaDescription(
                kind: kind.text.asciiLowercased == "audio" ? .audio : .other(kind), port: port,
                transport: Self.transport(transport), formats: formats))
    }

    private static func transport(_ token: MediaToken) -> MediaTransport {
        switch token.text.asciiUppercased {
        case "RTP/AVP": .rtpAVP
        case "RTP/SAVP": .rtpSAVP
        default: .other(token)
        }
    }
}
