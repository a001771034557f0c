/// What is wrong with a message or with a value that was to become part of one.
package enum SIPSyntaxError: Error, Hashable, Sendable {
    // Limits, see `MessageLimits`.
    case messageTooLong
    case headTooLong
    case headerLineTooLong
    case tooManyHeaders

    // The message as a whole.
    case emptyMessage
    case headNotTerminated
    case malformedStartLine
    /// A version other than SIP/2.0; the answer is 505.
    case unsupportedVersion
    case malformedRequestURI
    case malformedStatusCode
    /// A line of the head that is not `name: value`; the line is counted from 1, folded lines as one.
    case malformedHeaderLine(Int)
    case malformedHeader(HeaderName)
    case missingHeader(HeaderName)
    case repeatedHeader(HeaderName)
    /// The method of CSeq is not that of the request line.
    case methodMismatch
    /// A datagram holds less body than its Content-Length says.
    case bodyTooShort

    // Single values.
    case notAToken
    /// CR, LF, NUL or another control character where text is wanted.
    case controlCharacter
    case malformedURI
    case malformedHost
    case malformedParameter
}

extension SIPSyntaxError {
    /// A sentence without any of the peer's bytes, safe for a reason phrase and for a log.
    package var sentence: String {
        switch self {
        case .messageTooLong: "The message is too long"
        case .headTooLong: "The message head is too long"
        case .headerLineTooLong: "A header line is too long"
        case .tooManyHeaders: "There are too many header fields"
        case .emptyMessage: "The message is empty"
        case .headNotTerminated: "The message head has no end"
        case .malformedStartLine: "The start line is malformed"
        case .unsupportedVersion: "The SIP version is not supported"
        case .malformedRequestURI: "The Request-URI is malformed"
        case .malformedStatusCode: "The status code is malformed"
        case .malformedHeaderLine(let line): "Header line \(line) is malformed"
        case .malformedHeader(let name): "The \(name) header field is malformed"
        case .missingHeader(let name): "The \(name) header field is missing"
        case .repeatedHeader(let name): "The \(name) header field is repeated"
        case .methodMismatch: "The CSeq method is not that of the request"
        case .bodyTooShort: "The body is shorter than its Content-Length"
        case .notAToken: "The text is not a token"
        case .controlCharacter: "The text has a control character"
        case .malformedURI: "The URI is malformed"
        case .malformedHost: "The host is malformed"
        case .malformedParameter: "A parameter is malformed"
        }
    }
}
