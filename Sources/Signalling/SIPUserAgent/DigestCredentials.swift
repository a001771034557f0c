import Digests
import SIPSyntax

/// A name and a password, and the realms that may see a digest of them.
///
/// A digest can be tried against guessed passwords at leisure, so it goes to nobody but whom it is for
/// (CVE-2021-41158).
package struct DigestCredentials: Hashable, Sendable {
    package var username: String
    package var password: String
    /// Compared whole and without case; `*.example.com` stands for every name below example.com.
    package var realms: [String]

    package init(username: String, password: String, realms: [String]) {
        self.username = username
        self.password = password
        self.realms = realms
    }

    func isFor(_ realm: String) -> Bool {
        let realm = realm.lowercased()
        return self.realms.contains { pattern in
            let pattern = pattern.lowercased()
            return pattern == realm || (pattern.hasPrefix("*.") && realm.hasSuffix(pattern.dropFirst()))
        }
    }
}

extension DigestCredentials: CustomStringConvertible {
    /// Without the password, which no log may hold.
    package var description: String { "\(self.username) for \(self.realms.joined(separator: ", "))" }
}

/// The `response` of RFC 7616 section 3.4.1, and without qop that of RFC 2617.
package enum DigestResponse {
    package static func text(
        _ algorithm: DigestAlgorithm, username: String, password: String, realm: String, nonce: String,
        counted: DigestAuthorization.Counted?, method: Method, uri: String
    ) -> String {
        let secret = self.hash(algorithm, "\(username):\(realm):\(password)")
        let request = self.hash(algorithm, "\(method.rawValue):\(uri)")
        let middle = counted.map { "\(nonce):\($0.countText):\($0.clientNonce):auth" } ?? nonce
        return self.hash(algorithm, "\(secret):\(middle):\(request)")
    }

    private static func hash(_ algorithm: DigestAlgorithm, _ text: String) -> String {
        let octets = Array(text.utf8)
        return switch algorithm {
        case .md5: self.hexadecimal(MD5.hash(octets))
        case .sha256: self.hexadecimal(SHA256.hash(octets))
        case .sha512Truncated: self.hexadecimal(SHA512_256.hash(octets))
        }
    }

    static func hexadecimal(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0x0F)]] }, as: UTF8.self)
    }
}
