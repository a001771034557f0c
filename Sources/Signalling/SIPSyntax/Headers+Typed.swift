/// The header fields as values. Each view parses when it is asked and throws `malformedHeader`, or `missingHeader`
/// where a message cannot be without the field. `MessageParser` lets no message pass in which a mandatory one would
/// throw.
extension Headers {
    package var vias: [Via] {
        get throws(SIPSyntaxError) { try self.list(.via) { $0.via() } }
    }

    package var topVia: Via {
        get throws(SIPSyntaxError) {
            guard let via = try self.vias.first else { throw .missingHeader(.via) }
            return via
        }
    }

    /// The first value of the first Via, whatever is wrong with the others.
    var readableTopVia: Via? {
        guard let value = self.first(.via) else { return nil }
        var scanner = FieldScanner(value)
        return scanner.via()
    }

    package var from: NameAddress {
        get throws(SIPSyntaxError) { try self.one(.from) { $0.nameAddress(bare: .endsAtSemicolon) } }
    }

    package var to: NameAddress {
        get throws(SIPSyntaxError) { try self.one(.to) { $0.nameAddress(bare: .endsAtSemicolon) } }
    }

    package var callID: CallID {
        get throws(SIPSyntaxError) {
            guard let value = self.first(.callID) else { throw .missingHeader(.callID) }
            return try CallID(value.text)
        }
    }

    package var cSeq: CSeq {
        get throws(SIPSyntaxError) { try self.one(.cSeq) { $0.cSeq() } }
    }

    /// Empty for the `*` of REGISTER, see `isContactWildcard`.
    package var contacts: [NameAddress] {
        get throws(SIPSyntaxError) {
            if self.isContactWildcard { return [] }
            return try self.list(.contact) { $0.nameAddress(bare: .endsAtSemicolon) }
        }
    }

    package var isContactWildcard: Bool {
        self.all(.contact).map(\.text) == ["*"]
    }

    package var routes: [NameAddress] {
        get throws(SIPSyntaxError) { try self.list(.route) { $0.nameAddress(bare: .takesParameters) } }
    }

    package var recordRoutes: [NameAddress] {
        get throws(SIPSyntaxError) { try self.list(.recordRoute) { $0.nameAddress(bare: .takesParameters) } }
    }

    package var pAssertedIdentities: [NameAddress] {
        get throws(SIPSyntaxError) { try self.list(.pAssertedIdentity) { $0.nameAddress(bare: .endsAtSemicolon) } }
    }

    package var maxForwards: UInt8? {
        get throws(SIPSyntaxError) { try self.optional(.maxForwards) { $0.number() } }
    }

    /// Throws also when several fields disagree: a request must not have two ends.
    package var contentLength: Int? {
        get throws(SIPSyntaxError) {
            let lengths = self.all(.contentLength).map { DecimalNumber.parse($0.text.utf8) as Int? }
            guard let first = lengths.first else { return nil }
            guard let length = first, lengths.allSatisfy({ $0 == length }) else {
                throw .malformedHeader(.contentLength)
            }
            return length
        }
    }

    package var contentType: MediaType? {
        get throws(SIPSyntaxError) { try self.optional(.contentType) { $0.mediaType() } }
    }

    /// Seconds.
    package var expires: UInt32? {
        get throws(SIPSyntaxError) { try self.optional(.expires) { $0.number() } }
    }

    /// Seconds.
    package var minExpires: UInt32? {
        get throws(SIPSyntaxError) { try self.optional(.minExpires) { $0.number() } }
    }

    package var retryAfter: RetryAfter? {
        get throws(SIPSyntaxError) { try self.optional(.retryAfter) { $0.retryAfter() } }
    }

    package var require: [Token] {
        get throws(SIPSyntaxError) { try self.tokens(.require) }
    }

    package var supported: [Token] {
        get throws(SIPSyntaxError) { try self.tokens(.supported) }
    }

    package var unsupported: [Token] {
        get throws(SIPSyntaxError) { try self.tokens(.unsupported) }
    }

    package var allow: [Method] {
        get throws(SIPSyntaxError) { try self.tokens(.allow).compactMap { Method(rawValue: $0.text) } }
    }

    /// The media ranges of Accept, without wildcards being resolved. An absent field is nil, an empty one accepts
    /// nothing.
    package var accept: [MediaType]? {
        get throws(SIPSyntaxError) {
            guard self.contains(.accept) else { return nil }
            return try self.list(.accept, mayBeEmpty: true) { $0.mediaType() }
        }
    }

    package var reasons: [Reason] {
        get throws(SIPSyntaxError) { try self.list(.reason) { $0.reason() } }
    }

    /// The values of every Reason field that can be read: one that cannot takes nothing from the others.
    package var readableReasons: [Reason] {
        self.all(.reason).flatMap { text in
            var scanner = FieldScanner(text)
            return scanner.list { $0.reason() } ?? []
        }
    }

    package var warnings: [Warning] {
        get throws(SIPSyntaxError) { try self.list(.warning) { $0.warning() } }
    }

    private func tokens(_ name: HeaderName) throws(SIPSyntaxError) -> [Token] {
        try self.list(name, mayBeEmpty: true) { $0.token() }
    }

    func one<Value>(
        _ name: HeaderName, _ value: (inout FieldScanner) -> Value?
    ) throws(SIPSyntaxError) -> Value {
        guard let result = try self.optional(name, value) else { throw .missingHeader(name) }
        return result
    }

    func optional<Value>(
        _ name: HeaderName, _ value: (inout FieldScanner) -> Value?
    ) throws(SIPSyntaxError) -> Value? {
        guard let text = self.first(name) else { return nil }
        var scanner = FieldScanner(text)
        guard let result = value(&scanner), scanner.isAtEnd else { throw .malformedHeader(name) }
        return result
    }

    func list<Value>(
        _ name: HeaderName, mayBeEmpty: Bool = false, of value: (inout FieldScanner) -> Value?
    ) throws(SIPSyntaxError) -> [Value] {
        var values: [Value] = []
        for text in self.all(name) where !(mayBeEmpty && text.text.isEmpty) {
            var scanner = FieldScanner(text)
            guard let part = scanner.list(of: value) else { throw .malformedHeader(name) }
            values += part
        }
        return values
    }
}

extension FieldScanner {
    /// `SIP / 2.0 / transport LWS sent-by *( SEMI via-params )`.
    fileprivate mutating func via() -> Via? {
        guard let name = self.token(), name.text.equalsIgnoringCase("SIP"), self.take(UInt8(ascii: "/")),
            self.token()?.text == "2.0", self.take(UInt8(ascii: "/")), let transport = self.token()
        else { return nil }
        guard let blank = self.peek, blank.isLinearWhitespace else { return nil }
        self.skipWhitespace()
        let isBracketed = self.peek == UInt8(ascii: "[")
        let text = self.take { byte in
            byte.isTokenCharacter || isBracketed && (byte == UInt8(ascii: "[") || byte == UInt8(ascii: ":"))
        }
        var host = String(decoding: text, as: UTF8.self)
        if isBracketed {
            guard self.peek == UInt8(ascii: "]") else { return nil }
            _ = self.take(UInt8(ascii: "]"))
            host += "]"
        }
        var port: UInt16?
        if self.take(UInt8(ascii: ":")) {
            guard let number: UInt16 = self.number() else { return nil }
            port = number
        }
        guard let host = try? Host(host), let parameters = self.parameters() else { return nil }
        return Via(transport: ViaTransport(transport), host: host, port: port, parameters: parameters)
    }

    mutating func cSeq() -> CSeq? {
        guard let number: UInt32 = self.number(), number < CSeq.numberLimit,
            let blank = self.peek, blank.isLinearWhitespace
        else { return nil }
        self.skipWhitespace()
        guard let token = self.token(), let method = Method(rawValue: token.text) else { return nil }
        return CSeq(number: number, method: method)
    }

    fileprivate mutating func mediaType() -> MediaType? {
        guard let type = self.token(), self.take(UInt8(ascii: "/")), let subtype = self.token(),
            let parameters = self.parameters()
        else { return nil }
        return MediaType(type: type, subtype: subtype, parameters: parameters)
    }

    fileprivate mutating func retryAfter() -> RetryAfter? {
        guard let seconds: UInt32 = self.number() else { return nil }
        self.skipWhitespace()
        var comment: String?
        if self.peek == UInt8(ascii: "(") {
            guard let text = self.comment() else { return nil }
            comment = text
        }
        guard let parameters = self.parameters() else { return nil }
        return RetryAfter(seconds: seconds, comment: comment, parameters: parameters)
    }

    fileprivate mutating func reason() -> Reason? {
        guard let name = self.token(), let parameters = self.parameters() else { return nil }
        return Reason(protocolName: name, parameters: parameters)
    }

    fileprivate mutating func warning() -> Warning? {
        guard let code: UInt16 = self.number(), 100...999 ~= code else { return nil }
        self.skipWhitespace()
        let agent = self.take(while: \.isParameterValueCharacter)
        guard !agent.isEmpty else { return nil }
        self.skipWhitespace()
        guard let text = self.quotedString() else { return nil }
        return Warning(parsedCode: code, agent: String(decoding: agent, as: UTF8.self), text: text)
    }
}
