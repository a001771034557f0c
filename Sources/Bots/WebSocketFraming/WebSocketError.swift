/// What a peer did against RFC 6455, or beyond our limits.
package enum WebSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A reserved bit is set, although no extension was agreed on (section 5.2).
    case reservedBits
    case reservedOpcode(UInt8)
    /// Ping, pong or close in fragments (section 5.4).
    case fragmentedControl
    /// A control frame of more than 125 bytes (section 5.5).
    case controlTooLong
    /// A client's frame without a mask (section 5.1).
    case maskMissing
    /// A server's frame with a mask (section 5.1).
    case unexpectedMask
    /// A length written with more bytes than it needs, or with its top bit set (section 5.2).
    case malformedLength
    /// More bytes in one message than the limit.
    case messageTooLong(limit: Int)
    /// More fragments in one message than the limit.
    case tooManyFragments(limit: Int)
    /// A continuation of nothing (section 5.4).
    case unexpectedContinuation
    /// A new message within a fragmented one (section 5.4).
    case expectedContinuation
    /// Text, or the reason of a close, that is not UTF-8 (section 8.1).
    case malformedUTF8
    /// A close frame with a body of one byte (section 5.5.1).
    case malformedClose
    /// A close code that must not be sent (section 7.4).
    case invalidCloseCode(UInt16)

    /// The code to close the connection with (section 7.4.1).
    package var closeCode: CloseCode {
        switch self {
        case .reservedBits, .reservedOpcode, .fragmentedControl, .controlTooLong, .maskMissing, .unexpectedMask,
            .malformedLength, .unexpectedContinuation, .expectedContinuation, .malformedClose, .invalidCloseCode:
            .protocolError
        case .messageTooLong: .messageTooBig
        case .tooManyFragments: .policyViolation
        case .malformedUTF8: .invalidPayload
        }
    }

    package var description: String {
        switch self {
        case .reservedBits: "a reserved bit is set without an extension"
        case .reservedOpcode(let opcode): "reserved opcode \(opcode)"
        case .fragmentedControl: "a control frame in fragments"
        case .controlTooLong: "a control frame of more than 125 bytes"
        case .maskMissing: "a client's frame without a mask"
        case .unexpectedMask: "a server's frame with a mask"
        case .malformedLength: "a malformed payload length"
        case .messageTooLong(let limit): "a message of more than \(limit) bytes"
        case .tooManyFragments(let limit): "a message of more than \(limit) fragments"
        case .unexpectedContinuation: "a continuation of nothing"
        case .expectedContinuation: "a new message within a fragmented one"
        case .malformedUTF8: "text that is not UTF-8"
        case .malformedClose: "a close frame with half a code"
        case .invalidCloseCode(let code): "close code \(code), which must not be sent"
        }
    }
}

/// A reason for closing (RFC 6455 section 7.4).
package struct CloseCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    /// Nil for a code that must not stand in a close frame.
    package init?(rawValue: UInt16) {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: self.rawValue = rawValue
        default: return nil
        }
    }

    private init(trusted rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let normal = CloseCode(trusted: 1000)
    package static let goingAway = CloseCode(trusted: 1001)
    package static let protocolError = CloseCode(trusted: 1002)
    package static let unsupportedKind = CloseCode(trusted: 1003)
    package static let invalidPayload = CloseCode(trusted: 1007)
    package static let policyViolation = CloseCode(trusted: 1008)
    package static let messageTooBig = CloseCode(trusted: 1009)
    package static let internalError = CloseCode(trusted: 1011)
}

/// Which end of a connection one is. Clients mask, servers do not (section 5.1).
package enum WebSocketRole: Hashable, Sendable {
    case client
    case server
}
