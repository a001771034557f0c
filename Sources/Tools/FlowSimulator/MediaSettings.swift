import Addressing

/// What offer and answer settled for one call.
package struct MediaSettings: Hashable, Sendable {
    package enum Codec: String, Hashable, Sendable, CaseIterable, Codable {
        case pcma = "PCMA"
        case pcmu = "PCMU"

        /// RFC 3551 table 4.
        package var payloadType: UInt8 {
            switch self {
            case .pcma: 8
            case .pcmu: 0
            }
        }
    }

    package var codec: Codec
    /// The payload type of RFC 4733 that the peer wants; nil when it takes no events.
    package var eventPayloadTypeToSend: UInt8?
    /// The payload type of RFC 4733 that we asked for.
    package var eventPayloadTypeToReceive: UInt8
    package var remote: TransportAddress
    /// False while the peer holds the call.
    package var sends: Bool
    package var keys: MediaKeys?

    package init(
        codec: Codec, eventPayloadTypeToSend: UInt8?, eventPayloadTypeToReceive: UInt8, remote: TransportAddress,
        sends: Bool = true, keys: MediaKeys? = nil
    ) {
        self.codec = codec
        self.eventPayloadTypeToSend = eventPayloadTypeToSend
        self.eventPayloadTypeToReceive = eventPayloadTypeToReceive
        self.remote = remote
        self.sends = sends
        self.keys = keys
    }
}
