package import Addressing

/// What `m=` asks for.
package enum MediaKind: Hashable, Sendable {
    case audio
    /// Video, image, text, application and whatever comes next, as it is written.
    case other(MediaToken)

    var text: String {
        switch self {
        case .audio: "audio"
        case .other(let token): token.text
        }
    }
}

/// How the media of an `m=` line is carried.
package enum MediaTransport: Hashable, Sendable {
    case rtpAVP
    case rtpSAVP
    case other(MediaToken)

    var text: String {
        switch self {
        case .rtpAVP: "RTP/AVP"
        case .rtpSAVP: "RTP/SAVP"
        case .other(let token): token.text
        }
    }
}

/// A word of an `m=` line: printable, without blanks.
package struct MediaToken: Hashable, Sendable {
    package let text: String

    init?(_ text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
        self.text = String(text)
    }
}

/// Where media goes: `c=`.
package enum ConnectionAddress: Hashable, Sendable {
    case ip(IPAddress)
    case name(MediaToken)
}

/// One `m=` line with all that belongs to it.
package struct MediaDescription: Hashable, Sendable {
    package var kind: MediaKind
    /// 0 refuses the stream.
    package var port: UInt16
    package var transport: MediaTransport
    package var formats: [MediaToken]
    package var connection: ConnectionAddress?
    package var attributes: [Attribute]

    package init(
        kind: MediaKind, port: UInt16, transport: MediaTransport, formats: [MediaToken],
        connection: ConnectionAddress? = nil, attributes: [Attribute] = []
    ) {
        self.kind = kind
        self.port = port
        self.transport = transport
        self.formats = formats
        self.connection = connection
        self.attributes = attributes
    }

    package func values(of name: String) -> [String] {
        self.attributes.filter { $0.name == name }.compactMap(\.value)
    }

    package func has(_ name: String) -> Bool {
        self.attributes.contains { $0.name == name }
    }

    package var direction: MediaDirection? { Self.direction(in: self.attributes) }

    static func direction(in attributes: [Attribute]) -> MediaDirection? {
        attributes.lazy.filter { $0.value == nil }.compactMap { MediaDirection(rawValue: $0.name) }.first
    }

    /// The same line with port 0, as an answer refuses a stream (RFC 3264 section 6).
    var refused: MediaDescription {
        MediaDescription(kind: self.kind, port: 0, transport: self.transport, formats: self.formats)
    }
}
