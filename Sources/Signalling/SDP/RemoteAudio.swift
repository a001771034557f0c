internal import Addressing

/// One of the peer's audio streams, read for what this side can use.
struct RemoteAudio {
    /// A payload type and what it carries.
    struct Format: Hashable {
        let payloadType: UInt8
        let encoding: Encoding
    }

    enum Encoding: Hashable {
        case codec(AudioCodecName)
        case telephoneEvent
    }

    /// In the peer's order, each payload type once; what this side does not know is left out.
    let formats: [Format]
    let direction: MediaDirection
    let address: IPAddress
    let rtp: TransportAddress
    let rtcp: TransportAddress
    let offersRTCPMux: Bool
    let ptime: Duration?

    /// Throws when media could not be sent where the peer says.
    init(
        _ media: MediaDescription, in session: SessionDescription, local: LocalAudio
    ) throws(SDPRefusal) {
        self.address = try Self.address(media.connection ?? session.connection, local: local)
        self.rtp = TransportAddress(self.address, port: media.port)
        self.rtcp = try Self.rtcp(media, rtp: self.rtp, local: local)
        self.formats = Self.formats(of: media)
        self.direction = media.direction ?? session.direction ?? .sendrecv
        self.offersRTCPMux = media.has("rtcp-mux")
        self.ptime = Self.ptime(of: media)
    }

    func payloadType(of encoding: Encoding) -> UInt8? {
        self.formats.first { $0.encoding == encoding }?.payloadType
    }

    /// This side's direction: what the peer does, turned round, as far as this side wants it. RFC 2543's way to say
    /// hold is the address 0.0.0.0.
    func direction(for local: LocalAudio) -> MediaDirection {
        let direction = self.direction.reversed.intersection(local.direction)
        guard self.address.isUnspecified else { return direction }
        return MediaDirection(sends: false, receives: direction.receives)
    }

    /// What the peer says it does; 0.0.0.0 says that it does not listen.
    var statedDirection: MediaDirection {
        guard self.address.isUnspecified else { return self.direction }
        return MediaDirection(sends: self.direction.sends, receives: false)
    }

    private static func address(
        _ connection: ConnectionAddress?, local: LocalAudio
    ) throws(SDPRefusal) -> IPAddress {
        switch connection {
        case nil: throw .missingConnectionAddress
        case .name: throw .nameInsteadOfAddress
        case .ip(let address):
            guard !address.isMulticastOrBroadcast else { throw .multicastAddress }
            // Whoever is not on this machine must not direct its media to services that listen here only.
            guard !address.isLoopback || local.address.isLoopback else { throw .loopbackAddress }
            guard address.isV4 == local.address.isV4 else { throw .addressFamilyMismatch }
            return address
        }
    }

    /// `a=rtcp:port [IN IP4 address]` (RFC 3605), else the port above RTP's. An attribute that cannot be read is
    /// ignored.
    private static func rtcp(
        _ media: MediaDescription, rtp: TransportAddress, local: LocalAudio
    ) throws(SDPRefusal) -> TransportAddress {
        if media.has("rtcp-mux"), local.rtcpMux { return rtp }
        if let parts = media.values(of: "rtcp").first?.split(separator: " "), let first = parts.first,
            let port: UInt16 = Decimal.parse(first), port > 0
        {
            guard parts.count == 4, let address = IPAddress(parts[3]) else {
                return TransportAddress(rtp.address, port: port)
            }
            return TransportAddress(try Self.address(.ip(address), local: local), port: port)
        }
        guard rtp.port < UInt16.max else { throw .unusablePort }
        return TransportAddress(rtp.address, port: rtp.port + 1)
    }

    private static func formats(of media: MediaDescription) -> [Format] {
        var mapped: [UInt8: Encoding?] = [:]
        for value in media.values(of: "rtpmap") {
            let parts = value.split(separator: " ")
            guard parts.count == 2, let payloadType: UInt8 = Decimal.parse(parts[0]) else { continue }
            mapped[payloadType] = .some(Self.encoding(parts[1]))
        }
        var seen: Set<UInt8> = []
        var formats: [Format] = []
        for format in media.formats {
            guard let payloadType: UInt8 = Decimal.parse(format.text), payloadType < 128,
                seen.insert(payloadType).inserted
            else { continue }
            // A static payload type that is mapped to another codec is that codec.
            let encoding = mapped[payloadType] ?? Self.staticEncoding(payloadType)
            if let encoding { formats.append(Format(payloadType: payloadType, encoding: encoding)) }
        }
        return formats
    }

    private static func staticEncoding(_ payloadType: UInt8) -> Encoding? {
        AudioCodecName.allCases.first { $0.staticPayloadType == payloadType }.map { .codec($0) }
    }

    /// `name/clock[/channels]`; nil for whatever is not spoken here.
    private static func encoding(_ text: Substring) -> Encoding? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[1] == "8000", parts.count == 2 || parts.count == 3 && parts[2] == "1" else {
            return nil
        }
        let name = parts[0].asciiUppercased
        if name == "TELEPHONE-EVENT" { return .telephoneEvent }
        return AudioCodecName(rawValue: name).map { .codec($0) }
    }

    /// What the peer wants, within 10 to 60 ms and its own maximum, in whole steps of 10 ms; nil when it wants nothing
    /// that can be had.
    private static func ptime(of media: MediaDescription) -> Duration? {
        let milliseconds = media.values(of: "ptime").first.flatMap { Decimal.parse($0) as Int? } ?? 0
        let millisecondsMax = media.values(of: "maxptime").first.flatMap { Decimal.parse($0) as Int? } ?? 0
        let limit =
            millisecondsMax > 0 ? min(millisecondsMax, Self.ptimeMaxInMilliseconds) : Self.ptimeMaxInMilliseconds
        guard milliseconds > 0 else { return nil }
        return .milliseconds(max(10, min(milliseconds, limit) / 10 * 10))
    }

    private static let ptimeMaxInMilliseconds = 60
}
