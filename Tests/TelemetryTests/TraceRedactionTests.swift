import Telemetry
import Testing

/// What is hidden of a message, byte for byte; everything else stays as it was.
@Suite struct TraceRedactionTests {
    private func redacted(_ text: String, _ redaction: TraceRedaction = TraceRedaction()) -> String {
        String(decoding: redaction.redacted(Array(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        (
            "Authorization: Digest username=\"bob\", realm=\"a, b\", nonce=\"n,1\", uri=\"sip:x\", response=\"0123\", nc=00000001, cnonce=abc",
            "Authorization: Digest username=\"bob\", realm=\"a, b\", nonce=\"xxx\", uri=\"sip:x\", response=\"xxxx\", nc=00000001, cnonce=xxx"
        ),
        ("proxy-authorization :  digest response=\"01\"", "proxy-authorization :  digest response=\"xx\""),
        (
            "Authorization: Digest realm=\"r\",\r\n response=\"01\",\r\n\tcnonce=\"2\"",
            "Authorization: Digest realm=\"r\",\r\n response=\"xx\",\r\n\tcnonce=\"x\""
        ),
        ("Authorization: Bearer eyJh.x-y", "Authorization: Bearer xxxxxxxx"),
        ("Authorization: Basic QWxhZGRpbg==", "Authorization: Basic xxxxxxxxxxxx"),
        (
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"abc\", opaque=\"d\", algorithm=MD5, qop=\"auth\"",
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"xxx\", opaque=\"x\", algorithm=MD5, qop=\"auth\""
        ),
        (
            "Authentication-Info: nextnonce=\"ab\", rspauth=\"cd\", nc=01",
            "Authentication-Info: nextnonce=\"xx\", rspauth=\"xx\", nc=01"
        ),
        ("Identity: abc.def;info=<https://a>", "Identity: xxxxxxxxxxxxxxxxxxxxxxxx"), ("y:ab", "y:xx"),
        ("X-Api-Key: s3cret", "X-Api-Key: xxxxxx"), ("Authorization:", "Authorization:"),
        ("Subject: Authorization: Digest response=\"1\"", "Subject: Authorization: Digest response=\"1\""),
    ])
    func headers(field: String, hidden: String) {
        let redaction = TraceRedaction(hiddenHeaders: ["x-api-KEY"])
        let message = { (text: String) in "INVITE sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\(text)\r\nVia: v\r\n\r\n" }
        #expect(self.redacted(message(field), redaction) == message(hidden))
        // With bare line feeds, too.
        let bare = { (text: String) in message(text).replacing("\r\n", with: "\n") }
        #expect(self.redacted(bare(field), redaction) == bare(hidden))
    }

    @Test(arguments: [
        (
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNf/X19|2^20|1:4",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxx|2^20|1:4"
        ),
        (
            "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:AA==;inline:BB== KDR=1",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:xxxx;inline:xxxx KDR=1"
        ),
        ("A=CRYPTO:1 S other:key", "A=CRYPTO:1 S other:xxx"), ("a=crypto:1 S inline:", "a=crypto:1 S inline:"),
        ("k=base64:abc", "k=xxxxxxxxxx"), ("a=ice-pwd:abc", "a=ice-pwd:xxx"),
        ("a=fingerprint:sha-256 AB:CD", "a=fingerprint:sha-256 AB:CD"),
    ])
    func descriptions(line: String, hidden: String) {
        let message = { (text: String) in "SIP/2.0 200 OK\r\nl: 9\r\n\r\nv=0\r\n\(text)\r\nm=audio 1 RTP/SAVP 8\r\n" }
        #expect(self.redacted(message(line)) == message(hidden))
    }

    /// Lengths stay true, so that Content-Length does.
    @Test func everyPrefixKeepsItsLength() {
        let text = "A b SIP/2.0\r\nAuthorization: Digest response=\"a\\\"b\"\r\n\r\na=crypto:1 S inline:abc\r\n"
        for count in 0...text.utf8.count {
            let bytes = Array(text.utf8.prefix(count))
            #expect(TraceRedaction().redacted(bytes).count == count)
        }
    }

    @Test func insecureKeepsEverything() {
        let text = "A b SIP/2.0\r\nAuthorization: Bearer t\r\n\r\nk=clear:x\r\n"
        #expect(self.redacted(text, TraceRedaction(insecureKeepsSecrets: true)) == text)
        #expect(self.redacted(text) != text)
    }
}
