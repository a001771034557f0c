import Digests

/// The value of an Authorization field, and the arithmetic of RFC 7616 section 3.4 done over.
package struct DigestAnswer: Hashable, Sendable {
    package enum Algorithm: String, Hashable, Sendable, CaseIterable {
        case md5 = "MD5"
        case sha256 = "SHA-256"
        case sha512256 = "SHA-512-256"

        func hash(_ text: String) -> String {
            let message = Array(text.utf8)
            let octets =
                switch self {
                case .md5: MD5.hash(message)
                case .sha256: SHA256.hash(message)
                case .sha512256: SHA512_256.hash(message)
                }
            return octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }

    package static let right = "right"
    private var values: [String: String] = [:]

    /// Nil when it is not `Digest name=value, …`; a comma or a quote within quotes is no end.
    package init?(_ text: String) {
        guard text.lowercased().hasPrefix("digest ") else { return nil }
        var parts = [""]
        var isQuoted = false
        for character in text.dropFirst(7) {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            let name = part[..<equals].filter { $0 != " " }.lowercased()
            let value = part[part.index(after: equals)...].filter { $0 != "\"" }
            self.values[name] = String(value.drop { $0 == " " })
        }
    }

    /// `right`, or what is wrong with it.
    package func judge(
        algorithm: Algorithm, user: String, realm: String, password: String, method: String, nonce: String
    ) -> String {
        guard self.values["username"] == user else { return "another user" }
        guard self.values["realm"] == realm else { return "another realm" }
        guard self.values["nonce"] == nonce else { return "another nonce" }
        guard (self.values["algorithm"] ?? "MD5") == algorithm.rawValue else { return "another algorithm" }
        guard let uri = self.values["uri"], let response = self.values["response"] else { return "no uri or response" }
        let secret = algorithm.hash("\(user):\(realm):\(password)")
        let subject = algorithm.hash("\(method):\(uri)")
        let middle: String
        if let qop = self.values["qop"] {
            guard qop == "auth", let count = self.values["nc"], count.utf8.count == 8,
                let own = self.values["cnonce"], !own.isEmpty
            else { return "qop without nc or cnonce" }
            middle = "\(nonce):\(count):\(own):\(qop)"
        } else {
            middle = nonce
        }
        return response == algorithm.hash("\(secret):\(middle):\(subject)") ? Self.right : "a wrong response"
    }
}
