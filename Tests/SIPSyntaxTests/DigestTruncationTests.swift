import SIPSyntax
import Testing

/// Every beginning of a challenge and of its answer is taken or refused; what is taken survives being written.
struct DigestTruncationTests {
    @Test(arguments: [
        #"Digest realm="example.com", nonce="f84f1cec", opaque="x", stale=TRUE, algorithm=SHA-256, qop="auth,auth-int""#,
        #"Digest realm="a \"b\" c", nonce="84a4cc6f""#,
    ])
    func challenges(_ text: String) throws {
        #expect(DigestChallenge(try HeaderValue(text)) != nil)
        for length in 0..<text.utf8.count {
            guard let challenge = DigestChallenge(try HeaderValue(text.prefix(length))) else { continue }
            #expect(DigestChallenge(challenge.headerValue) == challenge, "\(length) bytes")
        }
    }

    @Test(arguments: [
        #"Digest username="alice", realm="example.com", nonce="n", uri="sip:example.com", response="6629fae4", "#
            + #"algorithm=SHA-512-256, qop=auth, nc=0000000a, cnonce="0a4f113b", opaque="5ccc""#,
        #"digest  username="alice" ,realm="example.com",nonce="n",uri="sip:192.0.2.1",response="r""#,
    ])
    func answers(_ text: String) throws {
        #expect(DigestAuthorization(try HeaderValue(text)) != nil)
        for length in 0..<text.utf8.count {
            guard let answer = DigestAuthorization(try HeaderValue(text.prefix(length))) else { continue }
            #expect(DigestAuthorization(answer.headerValue) == answer, "\(length) bytes")
        }
    }
}
