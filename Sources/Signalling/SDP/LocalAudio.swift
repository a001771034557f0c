package import Addressing

/// The codecs of a call's wire, all at 8000 Hz.
package enum AudioCodecName: String, Hashable, Sendable, CaseIterable {
    case pcma = "PCMA"
    case pcmu = "PCMU"

    /// The payload type that needs no `rtpmap` (RFC 3551 section 6).
    package var staticPayloadType: UInt8 {
        switch self {
        case .pcma: 8
        case .pcmu: 0
        }
    }
}

/// Whether media is encrypted; it is whenever signalling is.
package enum MediaSecurity: Hashable, Sendable {
    /// RTP/AVP.
    case none
    /// RTP/SAVP, never anything less. An offer lists the attributes as they are, so their tags differ; an answer takes
    /// the key of the one whose suite was chosen.
    case sdesRequired([CryptoAttribute])
}

/// This side's audio stream, as it is offered or answered with.
package struct LocalAudio: Hashable, Sendable {
    /// The address that the peer is told.
    package var address: IPAddress
    /// The RTP port; RTCP is at the next one.
    package var port: UInt16
    /// In the order of preference.
    package var codecs: [AudioCodecName]
    /// The payload type of an offer; an answer keeps the offer's.
    package var telephoneEventPayloadType: UInt8
    /// Whether digits go as telephone events; else they are neither offered nor taken, and go another way.
    package var takesTelephoneEvents: Bool
    package var ptime: Duration
    package var security: MediaSecurity
    package var direction: MediaDirection
    package var sessionID: UInt64
    package var sessionVersion: UInt64
    /// The streams of the session that were refused, with this one's place among them: an offer within a session lists
    /// them all again (RFC 3264 section 8).
    package var refusedStreams: [MediaDescription] = []
    package var index = 0
    /// Whether RTCP may share the RTP port (RFC 5761).
    package var rtcpMux: Bool

    package init(
        address: IPAddress, port: UInt16, codecs: [AudioCodecName] = [.pcma, .pcmu],
        telephoneEventPayloadType: UInt8 = 101, takesTelephoneEvents: Bool = true, ptime: Duration = .milliseconds(20),
        security: MediaSecurity,
        direction: MediaDirection = .sendrecv, sessionID: UInt64, sessionVersion: UInt64, rtcpMux: Bool = false
    ) {
        precondition(!codecs.isEmpty, "a call has a codec")
        precondition(96...127 ~= telephoneEventPayloadType, "telephone-event has a dynamic payload type")
        self.address = address
        self.port = port
        self.codecs = codecs
        self.telephoneEventPayloadType = telephoneEventPayloadType
        self.takesTelephoneEvents = takesTelephoneEvents
        self.ptime = ptime
        self.security = security
        self.direction = direction
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        self.rtcpMux = rtcpMux
    }
}
