/// Why a session description cannot be used. Each case is an answer: a status, a warning code and a sentence.
package enum SDPRefusal: Error, Hashable, Sendable {
    // Limits, see `DescriptionLimits`.
    case tooLong
    case tooManyLines
    case lineTooLong
    case tooManyMediaDescriptions
    case tooManyAttributes
    case tooManyFormats

    // The text.
    case empty
    /// The line, counted from 1, cannot be read.
    case malformedLine(Int)
    case unsupportedVersion
    case missingConnectionAddress
    /// Text with a control character was to be written.
    case controlCharacter

    // What the peer asks for.
    /// No audio stream, or none whose port is not 0.
    case noAudio
    /// Neither RTP/AVP nor RTP/SAVP.
    case unsupportedTransport
    /// Plain RTP where SRTP is required.
    case securityRequired
    /// SRTP where signalling is not encrypted and would show the keys.
    case securityUnavailable
    /// RTP/SAVP without a line that can be used; the fault is that of the first line, nil when there is none.
    case noUsableCrypto(CryptoFault?)
    case noCommonCodec
    case multicastAddress
    /// The loopback address of another machine.
    case loopbackAddress
    /// A domain name in place of an address: resolving it would block the call, and it may change under way.
    case nameInsteadOfAddress
    /// IPv6 where the call's socket is IPv4, or the other way round.
    case addressFamilyMismatch
    /// No even RTP and odd RTCP port can be made of the port.
    case unusablePort

    // Answers that do not fit the offer.
    case mediaCountDiffers
    case transportNotOffered
    case codecNotOffered
    case cryptoNotOffered
}

extension SDPRefusal {
    /// 400 for a text that cannot be read, 413 for one over a limit, 488 for what cannot be met (RFC 3261 section
    /// 21.4.26).
    package var statusCode: Int {
        switch self {
        case .tooLong, .tooManyLines, .lineTooLong, .tooManyAttributes, .tooManyFormats: 413
        case .empty, .malformedLine, .missingConnectionAddress, .controlCharacter: 400
        case .tooManyMediaDescriptions, .unsupportedVersion, .noAudio, .unsupportedTransport, .securityRequired,
            .securityUnavailable, .noUsableCrypto, .noCommonCodec, .multicastAddress, .loopbackAddress,
            .nameInsteadOfAddress, .addressFamilyMismatch, .unusablePort, .mediaCountDiffers, .transportNotOffered,
            .codecNotOffered, .cryptoNotOffered:
            488
        }
    }

    /// The code of the Warning header field (RFC 3261 section 20.43).
    package var warningCode: UInt16 {
        switch self {
        case .missingConnectionAddress, .nameInsteadOfAddress, .addressFamilyMismatch, .loopbackAddress: 301
        case .unsupportedTransport, .securityRequired, .securityUnavailable, .transportNotOffered: 302
        case .noAudio: 304
        case .noCommonCodec, .codecNotOffered: 305
        case .multicastAddress: 330
        case .tooLong, .tooManyLines, .lineTooLong, .tooManyMediaDescriptions, .tooManyAttributes, .tooManyFormats,
            .empty, .malformedLine, .unsupportedVersion, .controlCharacter, .noUsableCrypto, .unusablePort,
            .mediaCountDiffers, .cryptoNotOffered:
            399
        }
    }

    /// A sentence without any of the peer's text, for the Warning header field and for reports.
    package var sentence: String {
        switch self {
        case .tooLong: "The session description is longer than 64 KiB"
        case .tooManyLines: "The session description has too many lines"
        case .lineTooLong: "A line of the session description is too long"
        case .tooManyMediaDescriptions: "The session description has too many media descriptions"
        case .tooManyAttributes: "The session description has too many attributes"
        case .tooManyFormats: "A media description has too many formats"
        case .empty: "The session description is empty"
        case .malformedLine(let line): "Line \(line) of the session description is malformed"
        case .unsupportedVersion: "The version of the session description is not 0"
        case .missingConnectionAddress: "The audio stream has no connection address"
        case .controlCharacter: "A text for the session description has a control character"
        case .noAudio: "There is no active audio stream"
        case .unsupportedTransport: "Audio is taken over RTP/AVP and RTP/SAVP only"
        case .securityRequired: "SRTP (RTP/SAVP with SDES keys) is required on this trunk"
        case .securityUnavailable: "SRTP keys are exchanged over TLS signalling only; offer RTP/AVP here"
        case .noUsableCrypto(nil): "RTP/SAVP needs a crypto attribute"
        case .noUsableCrypto(.some(let fault)): "No crypto attribute can be used: \(fault.sentence)"
        case .noCommonCodec: "PCMA and PCMU at 8000 Hz are the codecs that are available"
        case .multicastAddress: "Media is never sent to a multicast or broadcast address"
        case .loopbackAddress: "The connection address is a loopback address"
        case .nameInsteadOfAddress: "The connection address is a domain name; a numeric address is needed"
        case .addressFamilyMismatch: "The connection address is of another IP version than this side's"
        case .unusablePort: "The audio port leaves no port for RTCP"
        case .mediaCountDiffers: "The answer has another number of media descriptions than the offer"
        case .transportNotOffered: "The answer has another transport than the offer"
        case .codecNotOffered: "The answer has no codec of the offer"
        case .cryptoNotOffered: "The answer has a crypto attribute that was not offered"
        }
    }
}
