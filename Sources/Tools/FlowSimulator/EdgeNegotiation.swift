import Addressing
import SDP
import SIPSyntax

/// Why the media of an offer or of an answer cannot be met.
package struct MediaRefusal: Error, Hashable, Sendable {
    package var status: StatusCode = .notAcceptableHere
    /// RFC 3261 section 20.43.
    package var warning: UInt16
    package var sentence: String
}

/// Offer and answer as the edge makes them: one audio stream, SRTP exactly when signalling is TLS.
///
/// It reads descriptions with the gateway's parser and decides by itself.
package struct EdgeNegotiation: Sendable {
    package let address: IPAddress
    package let isSecure: Bool
    package let suites: [CryptoSuite]

    package init(address: IPAddress, isSecure: Bool, suites: [CryptoSuite] = CryptoSuite.allCases) {
        self.address = address
        self.isSecure = isSecure
        self.suites = suites
    }

    private static let eventPayloadType: UInt8 = 96

    /// Answers an offer that came with an INVITE.
    package func answer(
        _ body: [UInt8], port: UInt16, random: inout some RandomNumberGenerator
    ) throws(MediaRefusal) -> (description: EdgeDescription, settings: MediaSettings) {
        let peer = try PeerAudio(body)
        try self.checkProfile(of: peer)
        guard let codec = peer.codecs.first(where: { $0 == .pcma }) ?? peer.codecs.first else {
            throw MediaRefusal(warning: 305, sentence: "The offer has neither PCMA nor PCMU")
        }
        var crypto: EdgeDescription.Crypto?
        var keys: MediaKeys?
        if self.isSecure {
            guard let offered = peer.cryptos.first(where: { self.suites.contains($0.suite) }) else {
                throw MediaRefusal(warning: 305, sentence: "No crypto attribute of the offer has a suite of the edge")
            }
            let key = Self.key(for: offered.suite, &random)
            crypto = EdgeDescription.Crypto(tag: offered.tag, suite: offered.suite, key: key)
            keys = MediaKeys(suite: offered.suite, send: key, receive: offered.key)
        }
        let description = EdgeDescription(
            sessionID: UInt64.random(in: 1...UInt64(UInt32.max), using: &random), address: self.address, port: port,
            codecs: [codec], eventPayloadType: peer.eventPayloadType, direction: peer.direction.reversed,
            crypto: crypto, refusedLines: peer.otherLines)
        let settings = MediaSettings(
            codec: codec, eventPayloadTypeToSend: peer.eventPayloadType,
            eventPayloadTypeToReceive: peer.eventPayloadType ?? Self.eventPayloadType, remote: peer.address,
            sends: peer.direction.receives, keys: keys)
        return (description, settings)
    }

    /// Answers the offer of a re-INVITE: the peer may move and may hold; codec and keys have to stay.
    package func answerAgain(
        _ body: [UInt8], to description: EdgeDescription, _ settings: MediaSettings
    ) throws(MediaRefusal) -> (description: EdgeDescription, settings: MediaSettings) {
        let peer = try PeerAudio(body)
        try self.checkProfile(of: peer)
        guard peer.codecs.contains(settings.codec) else {
            throw MediaRefusal(warning: 305, sentence: "The edge does not change the codec within a call")
        }
        var description = description
        var settings = settings
        if let keys = settings.keys, let crypto = description.crypto {
            guard let same = peer.cryptos.first(where: { $0.suite == crypto.suite && $0.key == keys.receive }) else {
                throw MediaRefusal(warning: 399, sentence: "The edge does not change SRTP keys within a call")
            }
            description.crypto?.tag = same.tag
        }
        description.version += 1
        description.codecs = [settings.codec]
        description.direction = peer.direction.reversed
        description.refusedLines = peer.otherLines
        settings.remote = peer.address
        settings.sends = peer.direction.receives
        return (description, settings)
    }

    /// The offer of a call that the simulator places, in the manner of an Exotel edge: telephone-event is 96.
    package func offer(port: UInt16, random: inout some RandomNumberGenerator) -> EdgeDescription {
        let crypto = (self.isSecure ? self.suites.first : nil).map { suite in
            EdgeDescription.Crypto(tag: 1, suite: suite, key: Self.key(for: suite, &random))
        }
        return EdgeDescription(
            sessionID: UInt64.random(in: 1...UInt64(UInt32.max), using: &random), address: self.address, port: port,
            codecs: [.pcma, .pcmu], eventPayloadType: Self.eventPayloadType, crypto: crypto)
    }

    /// Reads the answer to `offer`.
    package func accept(_ body: [UInt8], to offer: EdgeDescription) throws(MediaRefusal) -> MediaSettings {
        let peer = try PeerAudio(body)
        try self.checkProfile(of: peer)
        guard let codec = peer.codecs.first else {
            throw MediaRefusal(warning: 305, sentence: "The answer has neither PCMA nor PCMU")
        }
        var keys: MediaKeys?
        if let crypto = offer.crypto {
            guard let taken = peer.cryptos.first, taken.tag == crypto.tag, taken.suite == crypto.suite else {
                throw MediaRefusal(warning: 305, sentence: "The answer takes no crypto attribute of the offer")
            }
            keys = MediaKeys(suite: crypto.suite, send: crypto.key, receive: taken.key)
        }
        return MediaSettings(
            codec: codec, eventPayloadTypeToSend: peer.eventPayloadType,
            eventPayloadTypeToReceive: Self.eventPayloadType, remote: peer.address, sends: peer.direction.receives,
            keys: keys)
    }

    private func checkProfile(of peer: PeerAudio) throws(MediaRefusal) {
        switch (peer.transport, self.isSecure) {
        case (.rtpSAVP, true), (.rtpAVP, false):
            return
        case (_, true):
            throw MediaRefusal(warning: 302, sentence: "SRTP is mandatory over TLS: the stream has to be RTP/SAVP")
        case (_, false):
            throw MediaRefusal(warning: 302, sentence: "Without TLS the stream has to be RTP/AVP")
        }
    }

    private static func key(for suite: CryptoSuite, _ random: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<suite.keyLength).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}
