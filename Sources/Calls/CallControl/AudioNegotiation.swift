import Addressing
import AudioCodecs
import CallAudio
import MediaPlane
import RTP
import SDP
import SRTP

/// One call's side of offer and answer, from the first INVITE through every re-INVITE.
///
/// The keys are drawn once: a re-INVITE that changes nothing then keeps the SRTP rollover counters of both sides. The
/// session's number stays, and its version grows by one with every description that differs from the last one sent, and
/// with no other (RFC 3264 section 8).
package struct AudioNegotiation: Sendable {
    private var local: LocalAudio
    package private(set) var negotiated: NegotiatedAudio?
    private var lastSent: SessionDescription?
    /// One for each suite that is taken; empty for plain RTP.
    private let keys: [CryptoAttribute]
    private let offeredSuites: [CryptoSuite]

    /// - Parameters:
    ///   - address: what the far end is told, the external address behind NAT.
    ///   - takesTelephoneEvents: whether digits go as RFC 4733.
    ///   - offeredSuites: what our offers list, in order.
    ///   - takenSuites: what is taken of the far end's offers besides.
    package init(
        address: IPAddress, port: UInt16, codecs: [AudioCodecName], encrypts: Bool, takesTelephoneEvents: Bool = true,
        offeredSuites: [CryptoSuite] = CryptoSuite.common, takenSuites: [CryptoSuite] = CryptoSuite.allCases,
        using generator: inout some RandomNumberGenerator
    ) {
        let suites = offeredSuites + takenSuites.filter { !offeredSuites.contains($0) }
        self.keys = encrypts ? Self.drawKeys(for: suites, using: &generator) : []
        self.offeredSuites = offeredSuites
        self.local = LocalAudio(
            address: address, port: port, codecs: codecs, takesTelephoneEvents: takesTelephoneEvents,
            security: encrypts ? .sdesRequired(self.keys) : .none,
            // RFC 8866 section 5.2 wants a number that fits 63 bits.
            sessionID: .random(in: 1...(1 << 62), using: &generator), sessionVersion: 1)
    }

    /// What this side does: `.sendonly` while it holds the call. Offers and answers say so.
    package var direction: MediaDirection {
        get { self.local.direction }
        set { self.local.direction = newValue }
    }

    /// Whether the far end holds the call: it does not listen.
    package var isHeldByPeer: Bool { self.negotiated?.remoteDirection.receives == false }

    /// Our offer as it stands: the first, one that changes something, or the answer to an INVITE without one.
    ///
    /// - Parameter direction: what the far end is asked to agree to. It holds from its answer on: until then the far end
    ///   may make offers of its own, and is answered by what holds.
    package mutating func makeOffer(_ direction: MediaDirection? = nil) -> [UInt8] {
        self.show(self.offeredKeys)
        return self.stamped { local in
            var local = local
            local.direction = direction ?? local.direction
            return OfferAnswer.offer(local)
        }
    }

    /// Leaves PCMA as the only codec; false where it is that already.
    package mutating func narrow() -> Bool {
        guard self.local.codecs != [.pcma] else { return false }
        self.local.codecs = [.pcma]
        return true
    }

    /// Takes the far end's answer to the offer that was made last, with what that one asked for.
    package mutating func accept(answer: [UInt8], to direction: MediaDirection? = nil) throws(SDPRefusal) {
        self.show(self.offeredKeys)
        var offered = self.local
        offered.direction = direction ?? offered.direction
        self.negotiated = try OfferAnswer.accept(answer: try SessionDescription(parsing: answer), offered: offered)
        self.local.direction = offered.direction
    }

    /// Answers the far end's offer. A refusal leaves everything as it was.
    package mutating func answer(_ offer: [UInt8]) throws(SDPRefusal) -> [UInt8] {
        let description = try SessionDescription(parsing: offer)
        self.show(self.keys)
        let (answer, negotiated) = try OfferAnswer.answer(description, self.local)
        self.negotiated = negotiated
        self.keepPlace(in: answer)
        return self.stamped { local in
            var answer = answer
            answer.origin = SessionDescription.Origin(
                sessionID: local.sessionID, sessionVersion: local.sessionVersion, address: local.address)
            return answer
        }
    }

    /// The streams of a session keep their places for its life.
    private mutating func keepPlace(in answer: SessionDescription) {
        guard let index = answer.media.firstIndex(where: { $0.port != 0 }) else { return }
        self.local.index = index
        self.local.refusedStreams = answer.media
        self.local.refusedStreams.remove(at: index)
    }

    private mutating func stamped(_ make: (LocalAudio) -> SessionDescription) -> [UInt8] {
        var description = make(self.local)
        if let lastSent = self.lastSent, lastSent != description {
            self.local.sessionVersion += 1
            description = make(self.local)
        }
        self.lastSent = description
        return description.encoded()
    }

    /// What our offers list: the suite that is in use is always among them, so that nothing has to change.
    private var offeredKeys: [CryptoAttribute] {
        let current = self.negotiated?.security?.suite
        return self.keys.filter { self.offeredSuites.contains($0.suite) || $0.suite == current }
    }

    private mutating func show(_ keys: [CryptoAttribute]) {
        guard !self.keys.isEmpty else { return }
        self.local.security = .sdesRequired(keys)
    }

    private static func drawKeys(
        for suites: [CryptoSuite], using generator: inout some RandomNumberGenerator
    ) -> [CryptoAttribute] {
        suites.enumerated().compactMap { index, suite in
            let key = (0..<suite.keyLength).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
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
            let profile = keys.suite.protectionProfile
            guard let sendKey = MasterKey(keys.sendKey, for: profile),
                let receiveKey = MasterKey(keys.receiveKey, for: profile)
            else { preconditionFailure("an SDES key that is not as long as the suite's") }
            return WireSecurity(profile: profile, sendKey: sendKey, receiveKey: receiveKey)
        }
    }

    private static func payloadType(_ number: UInt8) -> PayloadType {
        guard let type = PayloadType(number) else { preconditionFailure("SDP lets only seven bits through") }
        return type
    }
}

extension CryptoSuite {
    package var protectionProfile: ProtectionProfile {
        switch self {
        case .aesCM128HMACSHA1_80: .aesCM128HMACSHA1_80
        case .aesCM128HMACSHA1_32: .aesCM128HMACSHA1_32
        case .aes192CMHMACSHA1_80: .aes192CMHMACSHA1_80
        case .aes192CMHMACSHA1_32: .aes192CMHMACSHA1_32
        case .aes256CMHMACSHA1_80: .aes256CMHMACSHA1_80
        case .aes256CMHMACSHA1_32: .aes256CMHMACSHA1_32
        case .aeadAES128GCM: .aeadAES128GCM
        case .aeadAES256GCM: .aeadAES256GCM
        }
    }
}
