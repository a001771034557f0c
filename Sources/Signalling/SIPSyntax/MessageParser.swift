/// Parses one whole message: a datagram, or what `StreamFramer` cut out of a stream.
package enum MessageParser {
    /// Throws a `MalformedMessage` that names the fault and keeps what a response needs.
    ///
    /// A body longer than its Content-Length is cut, as RFC 3261 section 18.3 asks for datagrams; a shorter one is an
    /// error.
    package static func parse(
        _ bytes: [UInt8], limits: MessageLimits = .default
    ) throws(MalformedMessage) -> SIPMessage {
        // RFC 3261 section 7.5: line ends before the start line are ignored.
        var start = 0
        while start + 1 < bytes.count, bytes[start] == 0x0D, bytes[start + 1] == 0x0A { start += 2 }
        guard start < bytes.count else { throw MalformedMessage(fault: .emptyMessage, request: nil) }

        let head = MessageHead(bytes, from: start, limits: limits)
        do throws(SIPSyntaxError) {
            let startLine = try StartLine(head.startLine)
            if let fault = head.fault { throw fault }
            try Self.check(head.headers, startLine)
            let body = try Self.body(of: bytes, behind: head, limits: limits)
            switch startLine {
            case .request(let method, let uri):
                return .request(Request(method: method, uri: uri, headers: head.headers, body: body))
            case .status(let status, let reason):
                return .response(Response(status: status, reason: reason, headers: head.headers, body: body))
            }
        } catch {
            throw MalformedMessage(fault: error, head: head)
        }
    }

    /// What every message needs, and what nobody should find malformed later.
    private static func check(_ headers: Headers, _ startLine: StartLine) throws(SIPSyntaxError) {
        for name in [HeaderName.from, .to, .callID, .cSeq, .maxForwards, .contentType]
        where headers.all(name).count > 1 {
            throw .repeatedHeader(name)
        }
        _ = try headers.topVia
        _ = try headers.from
        _ = try headers.to
        _ = try headers.callID
        let cSeq = try headers.cSeq
        if case .request(let method, _) = startLine, method != cSeq.method { throw .methodMismatch }
        _ = try headers.maxForwards
        _ = try headers.contacts
        _ = try headers.routes
        _ = try headers.recordRoutes
        _ = try headers.contentType
        _ = try headers.contentLength
    }

    private static func body(
        of bytes: [UInt8], behind head: MessageHead, limits: MessageLimits
    ) throws(SIPSyntaxError) -> [UInt8] {
        let rest = bytes[head.end...]
        let length = try head.headers.contentLength ?? rest.count
        guard length <= limits.bodyLengthMax else { throw .messageTooLong }
        guard length <= rest.count else { throw .bodyTooShort }
        return Array(rest.prefix(length))
    }
}

/// The first line of a message.
enum StartLine: Hashable {
    case request(Method, URI)
    case status(StatusCode, HeaderValue)

    init(_ line: ArraySlice<UInt8>) throws(SIPSyntaxError) {
        let version = String(decoding: line.prefix(4), as: UTF8.self)
        self = version.equalsIgnoringCase("SIP/") ? try Self.statusLine(line) : try Self.requestLine(line)
    }

    /// The method of a request line that is otherwise wrong; nil for a status line.
    static func method(of line: ArraySlice<UInt8>) -> Method? {
        let first = line.prefix { $0 != 0x20 }
        return Method(rawValue: String(decoding: first, as: UTF8.self))
    }

    private static func requestLine(_ line: ArraySlice<UInt8>) throws(SIPSyntaxError) -> StartLine {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, let method = Self.method(of: parts[0]) else { throw .malformedStartLine }
        try Self.checkVersion(parts[2])
        guard let uri = try? URIParser.parse(Array(parts[1])) else { throw .malformedRequestURI }
        return .request(method, uri)
    }

    /// The reason phrase may be empty, and peers leave out the blank before it.
    private static func statusLine(_ line: ArraySlice<UInt8>) throws(SIPSyntaxError) -> StartLine {
        let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2 else { throw .malformedStartLine }
        try Self.checkVersion(parts[0])
        guard parts[1].count == 3, let number: Int = DecimalNumber.parse(parts[1]), let status = StatusCode(number)
        else { throw .malformedStatusCode }
        let reason = parts.count == 3 ? parts[2] : []
        guard !reason.contains(where: \.isForbiddenControl) else { throw .malformedStartLine }
        return .status(status, HeaderValue(parsed: reason))
    }

    private static func checkVersion(_ version: ArraySlice<UInt8>) throws(SIPSyntaxError) {
        let text = String(decoding: version, as: UTF8.self)
        if text.equalsIgnoringCase("SIP/2.0") { return }
        let numbers = version.dropFirst(4).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isVersion =
            text.prefix(4).equalsIgnoringCase("SIP/") && numbers.count == 2
            && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isDigit) }
        throw isVersion ? .unsupportedVersion : .malformedStartLine
    }
}

extension MalformedMessage {
    /// Keeps what the head still says, when it is a request's.
    init(fault: SIPSyntaxError, head: MessageHead) {
        self.fault = fault
        let startsAsResponse = String(decoding: head.startLine.prefix(4), as: UTF8.self).equalsIgnoringCase("SIP/")
        self.request = startsAsResponse ? nil : MalformedRequest(fault: fault, head: head)
    }
}

extension MalformedRequest {
    fileprivate init(fault: SIPSyntaxError, head: MessageHead) {
        self.method = StartLine.method(of: head.startLine)
        var headers = Headers()
        for via in head.headers.all(.via) { headers.add(.via, via) }
        for name in [HeaderName.from, .to, .callID, .cSeq] {
            if let value = head.headers.first(name) { headers.add(name, value) }
        }
        self.headers = headers
        self.via = headers.readableTopVia
        self.status =
            switch fault {
            case .unsupportedVersion: .versionNotSupported
            case .messageTooLong, .headTooLong, .headerLineTooLong, .tooManyHeaders: .messageTooLarge
            case .emptyMessage, .headNotTerminated, .malformedStartLine, .malformedRequestURI, .malformedStatusCode,
                .malformedHeaderLine, .malformedHeader, .missingHeader, .repeatedHeader, .methodMismatch, .bodyTooShort,
                .notAToken, .controlCharacter, .malformedURI, .malformedHost, .malformedParameter:
                .badRequest
            }
    }
}
