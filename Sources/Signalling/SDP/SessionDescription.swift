package import Addressing

/// A session description (RFC 8866): tolerant when read, strict when written.
package struct SessionDescription: Hashable, Sendable {
    /// `o=`: who made the session, and how often it has changed.
    package struct Origin: Hashable, Sendable {
        package let sessionID: UInt64
        package let sessionVersion: UInt64
        package let address: IPAddress

        package init(sessionID: UInt64, sessionVersion: UInt64, address: IPAddress) {
            self.sessionID = sessionID
            self.sessionVersion = sessionVersion
            self.address = address
        }
    }

    /// `t=`, in NTP seconds; an answer repeats the offer's (RFC 3264 section 6).
    package struct Timing: Hashable, Sendable {
        package let start: UInt64
        package let stop: UInt64

        package init(start: UInt64, stop: UInt64) {
            self.start = start
            self.stop = stop
        }

        package static let permanent = Timing(start: 0, stop: 0)
    }

    /// Nil when the peer left it out or wrote what is not RFC 8866's: nothing is decided by it.
    package var origin: Origin?
    package var timing: Timing
    package var connection: ConnectionAddress?
    package var attributes: [Attribute]
    package var media: [MediaDescription]

    package init(
        origin: Origin?, timing: Timing = .permanent, connection: ConnectionAddress?, attributes: [Attribute] = [],
        media: [MediaDescription] = []
    ) {
        self.origin = origin
        self.timing = timing
        self.connection = connection
        self.attributes = attributes
        self.media = media
    }

    package init(
        parsing bytes: [UInt8], limits: DescriptionLimits = .default
    ) throws(SDPRefusal) {
        self = try DescriptionReader.read(bytes, limits: limits)
    }

    package var direction: MediaDirection? { MediaDescription.direction(in: self.attributes) }

    /// The lines in the order of RFC 8866 section 5, each ended by CR LF.
    package func encoded() -> [UInt8] {
        var lines = ["v=0"]
        let origin = self.origin ?? Origin(sessionID: 0, sessionVersion: 0, address: .any)
        lines.append("o=- \(origin.sessionID) \(origin.sessionVersion) \(Self.text(of: .ip(origin.address)))")
        lines.append("s=-")
        if let connection = self.connection { lines.append("c=\(Self.text(of: connection))") }
        lines.append("t=\(self.timing.start) \(self.timing.stop)")
        lines += self.attributes.map { "a=\($0.text)" }
        for media in self.media {
            let formats = media.formats.map(\.text).joined(separator: " ")
            lines.append("m=\(media.kind.text) \(media.port) \(media.transport.text) \(formats)")
            if let connection = media.connection { lines.append("c=\(Self.text(of: connection))") }
            lines += media.attributes.map { "a=\($0.text)" }
        }
        return lines.flatMap { Array($0.utf8) + [0x0D, 0x0A] }
    }

    private static func text(of address: ConnectionAddress) -> String {
        switch address {
        case .ip(let address): "IN \(address.isV4 ? "IP4" : "IP6") \(address)"
        case .name(let name): "IN IP4 \(name.text)"
        }
    }
}
