import Addressing
import SIPSyntax
import SIPUserAgent
import Timekeeping

/// One field of a digest challenge or of its answer (RFC 7616): it survives being written, and nobody gets in by it.
enum DigestTarget {
    static func check(_ bytes: [UInt8]) {
        guard let value = try? HeaderValue(String(decoding: bytes, as: UTF8.self)) else { return }
        if let challenge = DigestChallenge(value) {
            require(!challenge.nonce.isEmpty, "a challenge has a nonce")
            require(DigestChallenge(challenge.headerValue) == challenge, "a challenge survives: \(value)")
        }
        guard let answer = DigestAuthorization(value) else { return }
        require(DigestAuthorization(answer.headerValue) == answer, "an answer survives: \(value)")
        var request = Self.request
        request.headers.add(.authorization, value)
        var server = Self.server
        if case .accepted = server.judge(request, at: Instant.origin) {
            fatalError("broken: accepted without a nonce of ours: \(value)")
        }
    }

    private static let request = Request(method: .invite, uri: .sip(SIPURI(host: .ip(.loopback))))

    private static let server: DigestServer = {
        var random = FixedNumbers(state: 7)
        return DigestServer(realm: "example.com", passwords: ["alice": "secret"], random: &random)
    }()
}
