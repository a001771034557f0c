/// Reads the parts of one unfolded header value from left to right. A part that is not there is nil or false, and the
/// caller says what that means.
struct FieldScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ value: HeaderValue) {
        self.bytes = Array(value.text.utf8)
    }

    var isAtEnd: Bool { self.position == self.bytes.count }

    var peek: UInt8? { self.isAtEnd ? nil : self.bytes[self.position] }

    mutating func skipWhitespace() {
        while let byte = self.peek, byte.isLinearWhitespace { self.position += 1 }
    }

    /// Takes the separator and the white space around it.
    mutating func take(_ separator: UInt8) -> Bool {
        let start = self.position
        self.skipWhitespace()
        guard self.peek == separator else {
            self.position = start
            return false
        }
        self.position += 1
        self.skipWhitespace()
        return true
    }

    mutating func take(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = self.position
        while let byte = self.peek, condition(byte) { self.position += 1 }
        return self.bytes[start..<self.position]
    }

    mutating func token() -> Token? {
        try? Token(String(decoding: self.take(while: \.isTokenCharacter), as: UTF8.self))
    }

    mutating func number<Number: FixedWidthInteger>() -> Number? {
        DecimalNumber.parse(self.take(while: \.isDigit))
    }

    /// The text without quotes and backslashes; nil when there is no opening or no closing quote.
    mutating func quotedString() -> String? {
        guard self.peek == UInt8(ascii: "\"") else { return nil }
        self.position += 1
        var text: [UInt8] = []
        while let byte = self.peek {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = self.peek else { return nil }
                text.append(escaped)
                self.position += 1
            default: text.append(byte)
            }
        }
        return nil
    }

    /// `comment`: text in balanced parentheses, without the outer ones.
    mutating func comment() -> String? {
        guard self.peek == UInt8(ascii: "(") else { return nil }
        var depth = 0
        var text: [UInt8] = []
        while let byte = self.peek {
            self.position += 1
            switch byte {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\\"):
                guard let escaped = self.peek else { return nil }
                text.append(escaped)
                self.position += 1
                continue
            default: break
            }
            if depth == 0 { return String(decoding: text.dropFirst(), as: UTF8.self) }
            text.append(byte)
        }
        return nil
    }

    /// `*( SEMI generic-param )`; nil when a parameter has no name or a value cannot be read.
    ///
    /// Values without quotes may hold any printable character that does not end them: peers put more into tags and
    /// branches than the grammar lets them.
    mutating func parameters() -> Parameters? {
        var parameters = Parameters()
        while self.take(UInt8(ascii: ";")) {
            guard let name = self.token() else { return nil }
            guard self.take(UInt8(ascii: "=")) else {
                parameters.append(name: name.text, value: nil)
                continue
            }
            if self.peek == UInt8(ascii: "\"") {
                guard let text = self.quotedString() else { return nil }
                parameters.append(name: name.text, value: .quoted(text))
            } else {
                let value = self.take(while: Self.isUnquotedValueCharacter)
                guard !value.isEmpty else { return nil }
                parameters.append(name: name.text, value: .plain(String(decoding: value, as: UTF8.self)))
            }
        }
        return parameters
    }

    private static func isUnquotedValueCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "\\"):
            false
        default: 0x21...0x7E ~= byte
        }
    }

    /// How a URI without angle brackets is read.
    enum BareURI {
        /// From, To, Contact: what follows a semicolon belongs to the header field (RFC 3261 section 20.10).
        case endsAtSemicolon
        /// Route and Record-Route, which must have brackets: without them everything belongs to the URI, or `;lr`
        /// would be lost. Exotel's guide shows such fields.
        case takesParameters
    }

    /// `name-addr` or `addr-spec` with the field's parameters.
    mutating func nameAddress(bare: BareURI) -> NameAddress? {
        self.skipWhitespace()
        var displayName: String?
        if self.peek == UInt8(ascii: "\"") {
            guard let name = self.quotedString() else { return nil }
            displayName = name
            self.skipWhitespace()
            guard self.peek == UInt8(ascii: "<") else { return nil }
        } else {
            let start = self.position
            let name = self.take { !Self.endsDisplayName($0) }
            if self.peek == UInt8(ascii: "<") {
                let text = HeaderValue(parsed: name).text
                displayName = text.isEmpty ? nil : text
            } else {
                self.position = start
                return self.bareAddress(bare)
            }
        }
        self.position += 1
        let address = HeaderValue(parsed: self.take { $0 != UInt8(ascii: ">") })
        guard self.peek == UInt8(ascii: ">") else { return nil }
        self.position += 1
        guard let uri = try? URI(address.text), let parameters = self.parameters() else { return nil }
        return NameAddress(parsedDisplayName: displayName, uri: uri, parameters: parameters)
    }

    private static func endsDisplayName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\""): true
        default: false
        }
    }

    private mutating func bareAddress(_ bare: BareURI) -> NameAddress? {
        switch bare {
        case .endsAtSemicolon:
            let text = self.take { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") && !$0.isLinearWhitespace }
            // RFC 3261 section 20: a URI with a question mark has to stand in brackets.
            guard !text.contains(UInt8(ascii: "?")), let uri = try? URIParser.parse(Array(text)),
                let parameters = self.parameters()
            else { return nil }
            return NameAddress(uri: uri, parameters: parameters)
        case .takesParameters:
            let text = self.take { $0 != UInt8(ascii: ",") }.filter { !$0.isLinearWhitespace }
            guard let uri = try? URIParser.parse(Array(text)) else { return nil }
            return NameAddress(uri: uri)
        }
    }

    /// One or more values with commas between them, to the end of the field.
    mutating func list<Value>(of value: (inout FieldScanner) -> Value?) -> [Value]? {
        var values: [Value] = []
        repeat {
            guard let next = value(&self) else { return nil }
            values.append(next)
        } while self.take(UInt8(ascii: ","))
        self.skipWhitespace()
        return self.isAtEnd ? values : nil
    }
}
