/// Parses an addr-spec: a SIP URI by the grammar of RFC 3261 section 25.1, any other scheme as printable text.
enum URIParser {
    static func parse(_ bytes: [UInt8]) throws(SIPSyntaxError) -> URI {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { throw .malformedURI }
        let scheme = bytes[..<colon]
        guard let first = scheme.first, first.isLetter, scheme.allSatisfy(Self.isSchemeCharacter) else {
            throw .malformedURI
        }
        let name = String(decoding: scheme, as: UTF8.self).asciiLowercased
        switch name {
        case "sip": return .sip(try Self.parseSIP(bytes[(colon + 1)...], isSecure: false))
        case "sips": return .sip(try Self.parseSIP(bytes[(colon + 1)...], isSecure: true))
        default:
            guard colon + 1 < bytes.count, bytes.allSatisfy(Self.isOpaqueCharacter) else { throw .malformedURI }
            return .other(OtherURI(scheme: name, text: String(decoding: bytes, as: UTF8.self)))
        }
    }

    private static func isSchemeCharacter(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }

    private static func isOpaqueCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""): false
        default: 0x21...0x7E ~= byte
        }
    }

    /// The user part may hold `;` and `?`, so the `@` is looked for first.
    private static func parseSIP(_ bytes: ArraySlice<UInt8>, isSecure: Bool) throws(SIPSyntaxError) -> SIPURI {
        var rest = bytes
        var user: String?
        var password: String?
        if let at = bytes.firstIndex(of: UInt8(ascii: "@")) {
            rest = bytes[(at + 1)...]
            let userInfo = bytes[..<at]
            let colon = userInfo.firstIndex(of: UInt8(ascii: ":")) ?? userInfo.endIndex
            let name = userInfo[..<colon]
            guard !name.isEmpty, PercentEncoding.isWellFormed(name, allowed: Self.isToleratedUserCharacter) else {
                throw .malformedURI
            }
            user = String(decoding: name, as: UTF8.self)
            if colon < userInfo.endIndex {
                let secret = userInfo[(colon + 1)...]
                guard PercentEncoding.isWellFormed(secret, allowed: \.isPasswordCharacter) else { throw .malformedURI }
                password = String(decoding: secret, as: UTF8.self)
            }
        }
        var headers: String?
        if let question = rest.firstIndex(of: UInt8(ascii: "?")) {
            headers = try Self.parseHeaders(rest[(question + 1)...])
            rest = rest[..<question]
        }
        var parameters = Parameters()
        if let semicolon = rest.firstIndex(of: UInt8(ascii: ";")) {
            parameters = try Self.parseParameters(rest[(semicolon + 1)...])
            rest = rest[..<semicolon]
        }
        let (host, port) = try Self.parseHostPort(rest)
        return SIPURI(
            isSecure: isSecure, escapedUser: user, escapedPassword: password, host: host, port: port,
            parameters: parameters, escapedHeaders: headers)
    }

    /// `#` is common in dialled numbers, though the grammar wants it escaped.
    private static func isToleratedUserCharacter(_ byte: UInt8) -> Bool {
        byte.isUserCharacter || byte == UInt8(ascii: "#")
    }

    static func parseHostPort(_ bytes: ArraySlice<UInt8>) throws(SIPSyntaxError) -> (Host, UInt16?) {
        var hostEnd = bytes.endIndex
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { throw .malformedHost }
            hostEnd = bracket + 1
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            hostEnd = colon
        }
        let host = try Host(String(decoding: bytes[..<hostEnd], as: UTF8.self))
        guard hostEnd < bytes.endIndex else { return (host, nil) }
        guard bytes[hostEnd] == UInt8(ascii: ":"),
            let port: UInt16 = DecimalNumber.parse(bytes[(hostEnd + 1)...])
        else { throw .malformedURI }
        return (host, port)
    }

    private static func parseParameters(_ bytes: ArraySlice<UInt8>) throws(SIPSyntaxError) -> Parameters {
        var parameters = Parameters()
        for part in bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = part[..<equals]
            guard !name.isEmpty, PercentEncoding.isWellFormed(name, allowed: \.isURIParameterCharacter) else {
                throw .malformedURI
            }
            var value: Parameters.Value?
            if equals < part.endIndex {
                let text = part[(equals + 1)...]
                guard !text.isEmpty, PercentEncoding.isWellFormed(text, allowed: \.isURIParameterCharacter) else {
                    throw .malformedURI
                }
                value = .plain(String(decoding: text, as: UTF8.self))
            }
            parameters.append(name: String(decoding: name, as: UTF8.self), value: value)
        }
        return parameters
    }

    private static func parseHeaders(_ bytes: ArraySlice<UInt8>) throws(SIPSyntaxError) -> String {
        for part in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")), equals > part.startIndex,
                PercentEncoding.isWellFormed(part[..<equals], allowed: \.isURIHeaderCharacter),
                PercentEncoding.isWellFormed(part[(equals + 1)...], allowed: \.isURIHeaderCharacter)
            else { throw .malformedURI }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
