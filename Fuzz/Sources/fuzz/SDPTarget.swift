import Addressing
import SDP

/// A session description: it survives being written, and as an offer or an answer it is taken or refused.
enum SDPTarget {
    static func check(_ bytes: [UInt8]) {
        guard let description = try? SessionDescription(parsing: bytes) else { return }
        let written = description.encoded()
        let again = reading(written) { try SessionDescription(parsing: $0, limits: Self.roomy) }
        require(again.encoded() == written, "a written description reads and writes the same")
        require(again.media == description.media, "the media survive being written")
        for local in Self.locals {
            if let (answer, negotiated) = try? OfferAnswer.answer(description, local) {
                require(answer.media.count == description.media.count, "an answer has the offer's streams")
                require(answer.media.filter { $0.port != 0 }.count == 1, "one stream is taken")
                require(.milliseconds(10)...(.milliseconds(60)) ~= negotiated.ptime, "ptime is one that we send")
                require((negotiated.security == nil) == (local.security == .none), "keys are where they must be")
                let text = answer.encoded()
                require(
                    reading(text) { try SessionDescription(parsing: $0, limits: Self.roomy) } == answer,
                    "our answer reads as it was meant")
            }
            _ = try? OfferAnswer.accept(answer: description, offered: local)
        }
    }

    private static let roomy = DescriptionLimits(
        lengthMax: 1 << 20, lineCountMax: 65_536, lineLengthMax: 1 << 18, mediaCountMax: 64, attributeCountMax: 1024,
        formatCountMax: 256)

    private static let locals: [LocalAudio] = {
        let keys = [CryptoSuite.aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32].enumerated().compactMap { index, suite in
            CryptoAttribute(tag: UInt32(index + 1), suite: suite, key: Array(0..<30))
        }
        return [MediaSecurity.none, .sdesRequired(keys)].map {
            LocalAudio(
                address: .loopback, port: 20_000, security: $0, sessionID: 7, sessionVersion: 1, rtcpMux: true)
        }
    }()
}

/// One `a=crypto` value (RFC 4568).
enum SDESTarget {
    static func check(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let attribute = try? CryptoAttribute(parsing: text) else { return }
        require(attribute.key.count == attribute.suite.keyLength, "a key is as long as its suite's")
        require(attribute.tag <= 999_999_999, "a tag has nine digits")
    }
}
