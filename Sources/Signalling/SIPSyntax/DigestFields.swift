/// The hash functions of RFC 7616 and RFC 8760 that this stack knows, without their `-sess` forms.
package enum DigestAlgorithm: String, Hashable, Sendable, CaseIterable {
    case md5 = "MD5"
    case sha256 = "SHA-256"
    case sha512Truncated = "SHA-512-256"

    /// Nil for one that is not known. Compared without case.
    package init?(name: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue.equalsIgnoringCase(name) }) else { return nil }
        self = known
    }
}

/// A challenge that we can answer: one WWW-Authenticate or Proxy-Authenticate field (RFC 7616 section 3.3).
package struct DigestChallenge: Hashable, Sendable {
    package var realm: String
    package var nonce: String
    package var opaque: String?
    package var algorithm: DigestAlgorithm
    /// Whether the field names its algorithm; MD5 is meant when it does not.
    package var namesAlgorithm: Bool
    /// `auth` is offered; false is the form of RFC 2617 without qop.
    package var offersAuth: Bool
    package var isStale: Bool

    package init(
        realm: String, nonce: String, opaque: String? = nil, algorithm: DigestAlgorithm, namesAlgorithm: Bool = true,
        offersAuth: Bool = true, isStale: Bool = false
    ) {
        self.realm = realm
        self.nonce = nonce
        self.opaque = opaque
        self.algorithm = algorithm
        self.namesAlgorithm = namesAlgorithm
        self.offersAuth = offersAuth
        self.isStale = isStale
    }

    /// Nil for what we cannot answer: another scheme, an unknown algorithm, `auth-int` alone, a field that lacks realm or
    /// nonce or cannot be read.
    package init?(_ value: HeaderValue) {
        guard let fields = DigestParameters(value), let realm = fields["realm"], let nonce = fields["nonce"],
            !nonce.isEmpty
        else { return nil }
        var algorithm = DigestAlgorithm.md5
        if let name = fields["algorithm"] {
            guard let known = DigestAlgorithm(name: name) else { return nil }
            algorithm = known
        }
        let options = fields["qop"]?.split(separator: ",").map { HeaderValue(parsed: Array($0.utf8)[...]).text }
        let offersAuth = options?.contains { $0.equalsIgnoringCase("auth") } ?? false
        guard options == nil || offersAuth else { return nil }
        self.init(
            realm: realm, nonce: nonce, opaque: fields["opaque"], algorithm: algorithm,
            namesAlgorithm: fields["algorithm"] != nil, offersAuth: offersAuth,
            isStale: fields["stale"]?.equalsIgnoringCase("true") ?? false)
    }
}

extension DigestChallenge: HeaderFieldValue {
    package var headerValue: HeaderValue {
        var text = "Digest realm=\(QuotedString.quote(self.realm)), nonce=\(QuotedString.quote(self.nonce))"
        if let opaque { text += ", opaque=\(QuotedString.quote(opaque))" }
        if self.isStale { text += ", stale=true" }
        if self.namesAlgorithm { text += ", algorithm=\(self.algorithm.rawValue)" }
        if self.offersAuth { text += ", qop=\"auth\"" }
        return HeaderValue(assembled: text)
    }
}

/// An answer to a challenge: one Authorization or Proxy-Authorization field (RFC 7616 section 3.4).
package struct DigestAuthorization: Hashable, Sendable {
    package var username: String
    package var realm: String
    package var nonce: String
    package var uri: String
    package var response: String
    package var algorithm: DigestAlgorithm
    package var namesAlgorithm: Bool
    package var opaque: String?
    /// Nil in the form of RFC 2617 without qop.
    package var counted: Counted?

    /// What `qop=auth` adds: the count of requests with this nonce, and the client's own nonce.
    package struct Counted: Hashable, Sendable {
        package var count: UInt32
        package var clientNonce: String

        package init(count: UInt32, clientNonce: String) {
            self.count = count
            self.clientNonce = clientNonce
        }

        /// `nc`: eight hexadecimal digits.
        package var countText: String {
            let digits = String(self.count, radix: 16)
            return String(repeating: "0", count: 8 - digits.utf8.count) + digits
        }
    }

    package init(
        username: String, realm: String, nonce: String, uri: String, response: String, algorithm: DigestAlgorithm,
        namesAlgorithm: Bool, opaque: String?, counted: Counted?
    ) {
        self.username = username
        self.realm = realm
        self.nonce = nonce
        self.uri = uri
        self.response = response
        self.algorithm = algorithm
        self.namesAlgorithm = namesAlgorithm
        self.opaque = opaque
        self.counted = counted
    }

    /// Nil for another scheme, an unknown algorithm or qop, and a field that lacks a part or cannot be read.
    package init?(_ value: HeaderValue) {
        guard let fields = DigestParameters(value), let username = fields["username"], let realm = fields["realm"],
            let nonce = fields["nonce"], let uri = fields["uri"], let response = fields["response"]
        else { return nil }
        guard let algorithm = DigestAlgorithm(name: fields["algorithm"] ?? DigestAlgorithm.md5.rawValue) else {
            return nil
        }
        var counted: Counted?
        if let qop = fields["qop"] {
            guard qop.equalsIgnoringCase("auth"), let digits = fields["nc"], digits.utf8.count == 8,
                digits.utf8.allSatisfy(\.isHexDigit), let count = UInt32(digits, radix: 16),
                let clientNonce = fields["cnonce"]
            else { return nil }
            counted = Counted(count: count, clientNonce: clientNonce)
        }
        self.init(
            username: username, realm: realm, nonce: nonce, uri: uri, response: response, algorithm: algorithm,
            namesAlgorithm: fields["algorithm"] != nil, opaque: fields["opaque"], counted: counted)
    }
}

extension DigestAuthorization: HeaderFieldValue {
    package var headerValue: HeaderValue {
        var text = "Digest username=\(QuotedString.quote(self.username)), realm=\(QuotedString.quote(self.realm))"
        text += ", nonce=\(QuotedString.quote(self.nonce)), uri=\(QuotedString.quote(self.uri))"
        text += ", response=\(QuotedString.quote(self.response))"
        if self.namesAlgorithm { text += ", algorithm=\(self.algorithm.rawValue)" }
        if let opaque { text += ", opaque=\(QuotedString.quote(opaque))" }
        if let counted {
            text += ", qop=auth, nc=\(counted.countText), cnonce=\(QuotedString.quote(counted.clientNonce))"
        }
        return HeaderValue(assembled: text)
    }
}

/// `Digest` with its parameters, separated by commas.
private struct DigestParameters {
    private var values: [String: String] = [:]

    /// Parameters of one field; RFC 7616 knows a dozen.
    private static let countMax = 32

    /// Nil for another scheme, for a name that comes twice, and for what cannot be read.
    init?(_ value: HeaderValue) {
        var scanner = FieldScanner(value)
        guard let scheme = scanner.token(), scheme.text.equalsIgnoringCase("Digest"),
            let blank = scanner.peek, blank.isLinearWhitespace
        else { return nil }
        scanner.skipWhitespace()
        repeat {
            guard let name = scanner.token(), scanner.take(UInt8(ascii: "=")) else { return nil }
            let text: String
            if scanner.peek == UInt8(ascii: "\"") {
                guard let quoted = scanner.quotedString() else { return nil }
                text = quoted
            } else {
                text = String(
                    decoding: scanner.take { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ",") }, as: UTF8.self)
            }
            let key = name.text.asciiLowercased
            guard self.values[key] == nil, self.values.count < Self.countMax else { return nil }
            self.values[key] = text
        } while scanner.take(UInt8(ascii: ","))
        scanner.skipWhitespace()
        guard scanner.isAtEnd else { return nil }
    }

    subscript(name: String) -> String? { self.values[name] }
}
