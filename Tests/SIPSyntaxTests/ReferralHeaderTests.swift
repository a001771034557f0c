import SIPSyntax
import Testing

/// The fields and bodies of transfers, INFO and challenges, read and written.
@Suite struct ReferralHeaderTests {
    private func headers(_ name: HeaderName, _ values: String...) throws -> Headers {
        var headers = Headers()
        for value in values { headers.add(name, try HeaderValue(value)) }
        return headers
    }

    @Test func replacesIsReadAndWritten() throws {
        let text = "a@b;to-tag=1;from-tag=2;early-only"
        let replaces = try #require(try self.headers(.replaces, text).replaces)
        #expect(replaces.callID.text == "a@b" && replaces.toTag == "1" && replaces.fromTag == "2")
        #expect(replaces.isEarlyOnly && replaces.headerValue.text == text)
        #expect(try self.headers(.replaces, "a@b ; from-tag=2;x=y;to-tag=1").replaces?.isEarlyOnly == false)
    }

    @Test(arguments: [
        "a@b", "a@b;to-tag=1", "a@b;to-tag=1;to-tag=2;from-tag=3", ";to-tag=1;from-tag=2",
        "a@b;to-tag=\"1 2\";from-tag=2", "a@b;to-tag;from-tag=2", "a b;to-tag=1;from-tag=2",
    ])
    func strangeReplacesIsRefused(text: String) throws {
        #expect(throws: SIPSyntaxError.malformedHeader(.replaces)) { try self.headers(.replaces, text).replaces }
    }

    @Test func severalReplacesAreRefused() throws {
        let headers = try self.headers(.replaces, "a;to-tag=1;from-tag=2", "b;to-tag=1;from-tag=2")
        #expect(throws: SIPSyntaxError.repeatedHeader(.replaces)) { try headers.replaces }
        #expect(throws: SIPSyntaxError.malformedHeader(.replaces)) {
            try Replaces(callID: try CallID("a;b"), toTag: "1", fromTag: "2")
        }
    }

    @Test func referToCarriesEscapedReplaces() throws {
        let value = "<sip:carol@example.com?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>"
        let uri = try #require(try self.headers(.referTo, value).referTo?.uri.sip)
        #expect(
            uri.headers.map { "\($0.name): \($0.value)" } == ["Replaces: a@b;to-tag=1;from-tag=2", "Require: replaces"])
        let again = uri.withoutHeaders.carrying(uri.headers)
        #expect(again.headers == uri.headers)
        #expect(uri.carrying([]).description == "sip:carol@example.com")
    }

    /// An escape cannot smuggle a line end or another field into a message.
    @Test func escapedControlsAreLeftOut() throws {
        let value = "<sip:carol@example.com?Replaces=a%0D%0AX:%20y&%0A=b&Subject=ok>"
        let uri = try #require(try self.headers(.referTo, value).referTo?.uri.sip)
        #expect(uri.headers.map(\.name.text) == ["Subject"])
    }

    @Test func eventAndSubscriptionState() throws {
        let event = try #require(try self.headers(.event, "refer;id=93").event)
        #expect(event == .refer(sequence: 93) && event.headerValue.text == "refer;id=93")
        let state = try #require(
            try self.headers(.subscriptionState, "Terminated;reason=noresource;expires=5").subscriptionState)
        #expect(state.state == .terminated && state.expires == 5 && state.reason == SubscriptionState.noResource)
        let other = try #require(try self.headers(.subscriptionState, "waiting").subscriptionState)
        #expect(other.state == .other(Token(trusted: "waiting")))
        #expect(throws: SIPSyntaxError.self) { try self.headers(.subscriptionState, "").subscriptionState }
    }

    @Test func fragments() throws {
        let fragment = try SIPFragment(Array("SIP/2.0 486 Busy Here\r\nWarning: x\r\n".utf8))
        #expect(fragment.status == .busyHere && fragment.reason.text == "Busy Here")
        #expect(try SIPFragment(Array("sip/2.0 200".utf8)).reason.text == "OK")
        #expect(try SIPFragment(fragment.body) == fragment)
        let long = try SIPFragment(Array(("SIP/2.0 180 " + String(repeating: "x", count: 999)).utf8))
        #expect(long.reason.text.utf8.count == SIPFragment.reasonLengthMax)
        for bad in ["", "SIP/2.0", "SIP/2.0 99 x", "SIP/2.0 1000 x", "HTTP/1.1 200 OK", "SIP/2.0 2x0 OK"] {
            #expect(throws: SIPSyntaxError.malformedStartLine) { try SIPFragment(Array(bad.utf8)) }
        }
    }

    @Test(arguments: [
        ("Signal=5\r\nDuration=160\r\n", "5", 160), ("Signal= *\nDuration= 100", "*", 100), ("signal=d", "D", 250),
        ("Signal=11\r\nDuration=99999999", "#", 10_000), ("Signal=!", "!", 250),
    ])
    func digits(body: String, digit: Character, milliseconds: Int) throws {
        let read = try #require(try DTMFBody(Array(body.utf8), type: .dtmfRelay))
        #expect(read.digit == digit && read.duration == .milliseconds(milliseconds))
        #expect(try DTMFBody(read.relayBody, type: .dtmfRelay) == read)
        #expect(try DTMFBody(Array("x".utf8), type: .sdp) == nil)
    }

    @Test(arguments: ["", "Signal=", "Signal=17", "Duration=5", "Signal=1\r\nDuration=-1", "nonsense"])
    func strangeDigitsAreRefused(body: String) {
        #expect(throws: SIPSyntaxError.malformedParameter) { try DTMFBody(Array(body.utf8), type: .dtmfRelay) }
    }

    @Test func challengesAreReadAndWritten() throws {
        let text =
            "Digest realm=\"a \\\"b\\\"\", nonce=\"n\", opaque=\"o\", stale=TRUE, algorithm=sha-256, qop=\"auth,auth-int\""
        let challenge = try #require(DigestChallenge(try HeaderValue(text)))
        #expect(challenge.realm == "a \"b\"" && challenge.isStale && challenge.algorithm == .sha256)
        #expect(DigestChallenge(challenge.headerValue) == challenge)
        for bad in [
            "Digest realm=\"a\"", "Digest realm=\"a\", nonce=\"n\", realm=\"b\"", "digest", "Digest", "Digest ,",
        ] {
            #expect(DigestChallenge(try HeaderValue(bad)) == nil)
        }
    }

    @Test func answersAreReadAndWritten() throws {
        let answer = DigestAuthorization(
            username: "u", realm: "r", nonce: "n", uri: "sip:x", response: "00", algorithm: .sha512Truncated,
            namesAlgorithm: true, opaque: "o", counted: .init(count: 0xAB, clientNonce: "c"))
        #expect(answer.headerValue.text.contains("nc=000000ab, cnonce=\"c\""))
        #expect(DigestAuthorization(answer.headerValue) == answer)
        let noCount = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"0\", qop=auth"
        #expect(DigestAuthorization(try HeaderValue(noCount)) == nil)
    }

    /// One Reason that cannot be read takes nothing from the others, and the protocol's case does not matter.
    @Test func reasonsAreReadOneByOne() throws {
        let headers = try self.headers(.reason, ";;", "SIP;cause=200, q.850;cause=16;text=\"x\"")
        #expect(headers.readableReasons.first { $0.isOf(Reason.q850) }?.cause == 16)
        #expect(headers.readableReasons.count == 2)
    }
}
