import Addressing
import SDP
import SIPSyntax

/// The first audio stream of the peer's description, with what the edge looks at.
struct PeerAudio: Hashable, Sendable {
    let transport: MediaTransport
    let address: TransportAddress
    /// Those that the edge speaks, in the peer's order.
    let codecs: [MediaSettings.Codec]
    let eventPayloadType: UInt8?
    let direction: MediaDirection
    /// Those that can be read and used, in the peer's order.
    let cryptos: [CryptoAttribute]
    /// The answer's lines for the other streams, with port 0; nil marks the place of this one.
    let otherLines: [String?]

    init(_ body: [UInt8]) throws(MediaRefusal) {
        let session: SessionDescription
        do {
            session = try SessionDescription(parsing: body)
        } catch {
            throw MediaRefusal(
                status: .badRequest, warning: 399, sentence: "The session description cannot be read: \(error.sentence)"
            )
        }
        guard let index = session.media.firstIndex(where: { $0.kind == .audio && $0.port > 0 }) else {
            throw MediaRefusal(warning: 304, sentence: "The session description has no audio stream")
        }
        let media = session.media[index]
        guard case .ip(let host) = media.connection ?? session.connection, !host.isMulticastOrBroadcast else {
            throw MediaRefusal(warning: 300, sentence: "The address of the audio stream is no unicast IP address")
        }
        self.transport = media.transport
        self.address = TransportAddress(host, port: media.port)
        let encodings = Self.encodings(of: media)
        self.codecs = encodings.compactMap { MediaSettings.Codec(rawValue: $0.name) }
        self.eventPayloadType = encodings.first { $0.name == "TELEPHONE-EVENT" }?.payloadType
        let direction = media.direction ?? session.direction ?? .sendrecv
        // RFC 2543 held a call by the address 0.0.0.0.
        self.direction = host.isUnspecified ? direction.intersection(.sendonly) : direction
        self.cryptos = media.values(of: "crypto").compactMap { try? CryptoAttribute(parsing: $0) }
        self.otherLines = session.media.indices.map { other in
            guard other != index else { return nil }
            let line = session.media[other]
            return "m=\(Self.text(of: line.kind)) 0 \(Self.text(of: line.transport)) "
                + line.formats.map(\.text).joined(separator: " ")
        }
    }

    /// The formats of the `m=` line with their names in upper case; PCMU and PCMA need no rtpmap (RFC 3551 table 4).
    private static func encodings(of media: MediaDescription) -> [(payloadType: UInt8, name: String)] {
        var names: [UInt8: String] = [0: "PCMU", 8: "PCMA"]
        for map in media.values(of: "rtpmap") {
            let parts = map.split(separator: " ")
            guard parts.count == 2, let type = UInt8(parts[0]) else { continue }
            let encoding = parts[1].uppercased().split(separator: "/")
            let isNarrowband = encoding.count >= 2 && encoding[1] == "8000"
            names[type] = isNarrowband ? String(encoding[0]) : nil
        }
        return media.formats.compactMap { format in
            guard let type = UInt8(format.text), let name = names[type] else { return nil }
            return (type, name)
        }
    }

    private static func text(of kind: MediaKind) -> String {
        switch kind {
        case .audio: "audio"
        case .other(let token): token.text
        }
    }

    private static func text(of transport: MediaTransport) -> String {
        switch transport {
        case .rtpAVP: "RTP/AVP"
        case .rtpSAVP: "RTP/SAVP"
        case .other(let token): token.text
        }
    }
}
