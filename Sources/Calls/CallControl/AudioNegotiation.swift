import Addressing
import AudioCodecs
import CallAudio
import MediaPlane
import RTP
import SDP
import SRTP

/// One call's side of offer and answer, from the first INVITE through every re-INVITE.
///
/// The keys are drawn once: a re-INVITE that changes nothing then keeps the SRTP rollover counters of both sides.
package struct AudioNegotiation: Sendable {
    private var local: LocalAudio
    package private(set) var negotiated: NegotiatedAudio?

    /// - Parameter address: what the far end is told, the external address behind NAT.
    package init(
        address: IPAddress, port: UInt16, codecs: [AudioCodecName], encrypts: Bool,
        using generator: inout some RandomNumberGenerator
    ) {
        self.local = LocalAudio(
            address: address, port: port, codecs: codecs,
            security: encrypts ? .sdesRequired(Self.drawKeys(using: &generator)) : .none,
            // RFC 8866 section 5.2 wants a number that fits 63 bits.
            sessionID: .random(in: 1...(1 << 62), using: &generator), sessionVersion: 1)
    }

    /// Our offer, as it stands.
    package var offer: [UInt8] { OfferAnswer.offer(self.local).encoded() }

    /// Takes the far end's answer to `offer`.
    package mutating func accept(answer: [UInt8]) throws(SDPRefusal) {
        self.negotiated = try OfferAnswer.accept(
            answer: try SessionDescription(parsing: answer), offered: self.local)
    }

    /// Answers the far end's offer. The version of our description grows only with a change (RFC 3264 section 8).
    package mutating func answer(_ offer: [UInt8]) throws(SDPRefusal) -> [UInt8] {
        let description = try SessionDescription(parsing: offer)
        var (answer, negotiated) = try OfferAnswer.answer(description, self.local)
        if let before = self.negotiated, before != negotiated {
            self.local.sessionVersion += 1
            (answer, negotiated) = try OfferAnswer.answer(description, self.local)
        }
        self.negotiated = negotiated
        return answer.encoded()
    }

    private static func drawKeys(using generator: inout some RandomNumberGenerator) -> [CryptoAttribute] {
        let suites: [CryptoSuite] = [.aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32]
        return suites.enumerated().compactMap { index, suite in
            let key = (0..<MasterKey.keyLength + MasterKey.saltLength).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            return CryptoAttribute(tag: UInt32(index + 1), suite: suite, key: key)
        }
    }
}

extension NegotiatedAudio {
    /// What the audio path is to do.
    var wireParameters: WireParameters {
        var parameters = WireParameters(
            codec: self.codec == .pcma ? .pcma : .pcmu, sendPayloadType: Self.payloadType(self.sendPayloadType),
            receivePayloadType: Self.payloadType(self.receivePayloadType),
            telephoneEventSend: self.telephoneEventSend.map(Self.payloadType),
            telephoneEventReceive: self.telephoneEventReceive.map(Self.payloadType), remoteRTP: self.remoteRTP,
            remoteRTCP: self.remoteRTCP)
        parameters.direction =
            switch self.direction {
            case .sendrecv: .sendAndReceive
            case .sendonly: .sendOnly
            case .recvonly: .receiveOnly
            case .inactive: .inactive
            }
        return parameters
    }

    /// How the media plane is to protect it; nil for RTP/AVP only.
    var wireSecurity: WireSecurity? {
        self.security.map { keys in
            // Never nil here, which would mean plain RTP: SDP lets only keys of the suite's length through.
            guard let sendKey = MasterKey(keys.sendKey), let receiveKey = MasterKey(keys.receiveKey) else {
                preconditionFailure("an SDES key that is not \(CryptoSuite.keyLength) bytes long")
            }
            return WireSecurity(profile: keys.suite.protectionProfile, sendKey: sendKey, receiveKey: receiveKey)
        }
    }

    private static func payloadType(_ number: UInt8) -> PayloadType {
        guard let type = PayloadType(number) else { preconditionFailure("SDP lets only seven bits through") }
        return type
    }
}

extension CryptoSuite {
    fileprivate var protectionProfile: ProtectionProfile {
        switch self {
        case .aesCM128HMACSHA1_80: .aesCM128HMACSHA1_80
        case .aesCM128HMACSHA1_32: .aesCM128HMACSHA1_32
        }
    }
}
