import FlowSimulator
import SIPSyntax
import Testing

/// The header table of the flow guide, rule by rule: one good INVITE, and what the edge says to each change of it.
@Suite struct HeaderRulesTests {
    static let good = """
        INVITE sip:+918000000001@pstn.in2.exotel.com SIP/2.0
        Via: SIP/2.0/TLS 203.0.113.9:5061;branch=z9hG4bKa1;rport
        Max-Forwards: 70
        From: "+919000000002" <sip:+919000000002@acct1.pstn.exotel.com>;tag=f1
        To: <sip:+918000000001@pstn.in2.exotel.com>
        Call-ID: 7c1e@203.0.113.9
        CSeq: 1 INVITE
        Contact: <sip:+919000000002@203.0.113.9:5061;transport=tls>
        X-Exotel-AccountSid: acct1
        Content-Type: application/sdp
        Content-Length: 5

        v=0

        """

    static func request(_ text: String) throws -> Request {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let message = try MessageParser.parse(Array(lines.joined(separator: "\r\n").utf8))
        guard case .request(let request) = message else { throw SIPSyntaxError.malformedStartLine }
        return request
    }

    /// The good INVITE with fields of `name` replaced by `value`, or removed.
    static func changed(_ name: String, _ value: String?) throws -> Request {
        var request = try Self.request(Self.good)
        let name = try HeaderName(name)
        request.headers.remove(name)
        if let value { request.headers.add(name, try HeaderValue(value)) }
        return request
    }

    static func rules(_ mode: NumberMode = .flow, exophones: [String] = ["+918000000001"]) -> HeaderRules {
        var edge = EdgeConfiguration()
        edge.account = "acct1"
        edge.exophones = exophones
        edge.mode = mode
        return HeaderRules(edge)
    }

    @Test func theGoodInviteBreaksNoRule() throws {
        let (verdicts, violation) = Self.rules().judge(try Self.request(Self.good), cameBy: .tls)
        #expect(violation == nil)
        #expect(verdicts.map(\.rule) == HeaderRule.allCases)
        #expect(verdicts.filter { !$0.passed || $0.sentence.isEmpty }.isEmpty)
    }

    struct Breach: Sendable, CustomTestStringConvertible {
        var name: String
        var value: String?
        var rule: HeaderRule
        var status: Int
        var code: UInt32

        init(_ name: String, _ value: String?, _ rule: HeaderRule, _ status: Int, _ code: UInt32) {
            self.name = name
            self.value = value
            self.rule = rule
            self.status = status
            self.code = code
        }

        var testDescription: String { "\(self.name): \(self.value ?? "missing")" }
    }

    @Test(arguments: [
        Breach("X-Exotel-AccountSid", nil, .accountSid, 403, 4001),
        Breach("X-Exotel-AccountSid", "other", .accountSid, 403, 4001),
        Breach("X-Exotel-CallSid", "c", .reservedHeaders, 400, 4002),
        Breach("X-Exotel-LegSid", "l", .reservedHeaders, 400, 4002),
        Breach("x-exotel-trunksid", "t", .reservedHeaders, 400, 4002),
        Breach("Via", nil, .via, 400, 4000),
        Breach("Via", "SIP/2.0/TCP 203.0.113.9;branch=z9hG4bKa1", .via, 400, 4000),
        Breach("Via", "SIP/2.0/TLS 203.0.113.9;branch=a1", .via, 400, 4000),
        Breach("From", nil, .fromPresent, 400, 4000),
        Breach("From", "<sip:+919000000002@acct1.pstn.exotel.com>", .fromPresent, 400, 4000),
        Breach("From", "<sip:+919000000002@pbx.example.com>;tag=f1", .fromDomain, 403, 4001),
        Breach("From", "<sip:+919000000002@acct1.exotel.com>;tag=f1", .fromDomain, 403, 4001),
        Breach("From", "<sip:09000000002@acct1.pstn.exotel.com>;tag=f1", .fromNumber, 403, 4001),
        Breach("From", "<sip:acct1.pstn.exotel.com>;tag=f1", .fromNumber, 403, 4001),
        Breach("To", nil, .toPresent, 400, 4000),
        Breach("To", "<sip:bot@pstn.in2.exotel.com>", .toNumber, 484, 4000),
        Breach("Call-ID", nil, .callID, 400, 4000),
        Breach("CSeq", nil, .cSeq, 400, 4000),
        Breach("CSeq", "1 BYE", .cSeq, 400, 4000),
        Breach("Max-Forwards", nil, .maxForwards, 400, 4000),
        Breach("Max-Forwards", "many", .maxForwards, 400, 4000),
        Breach("Max-Forwards", "0", .maxForwards, 483, 4000),
        Breach("Contact", nil, .contact, 400, 4000),
        Breach("Contact", "*", .contact, 400, 4000),
        Breach("Contact", "<tel:+919000000002>", .contact, 400, 4000),
        Breach("Contact", "<sip:a@192.0.2.1>, <sip:b@192.0.2.1>", .contact, 400, 4000),
        Breach("Content-Type", nil, .contentType, 400, 4000),
        Breach("Content-Type", "text/plain", .contentType, 415, 4000),
        Breach("Require", "timer", .require, 420, 4000),
    ])
    func breachesAreAnswered(breach: Breach) throws {
        let request = try Self.changed(breach.name, breach.value)
        let (verdicts, violation) = Self.rules().judge(request, cameBy: .tls)
        #expect(violation?.rule == breach.rule)
        #expect(violation?.status.number == breach.status)
        #expect(violation?.errorCode.rawValue == breach.code)
        #expect(verdicts.first { $0.rule == breach.rule }?.passed == false)
        let sentence = try #require(violation?.sentence)
        #expect(throws: Never.self, "the sentence has to fit a reason phrase") { try HeaderValue(sentence) }
    }

    @Test(arguments: [
        ("sip:08000000001@pstn.in2.exotel.com", HeaderRule.requestURI, 484),
        ("sip:pstn.in2.exotel.com", .requestURI, 484),
        ("sip:+91%20800@pstn.in2.exotel.com", .requestURI, 484),
        ("tel:+918000000001", .requestURI, 416),
        ("sip:+918000000009@pstn.in2.exotel.com", .mapping, 404),
    ])
    func requestURIs(uri: String, rule: HeaderRule, status: Int) throws {
        var request = try Self.request(Self.good)
        request.uri = try URI(uri)
        let violation = Self.rules().judge(request, cameBy: .tls).violation
        #expect(violation?.rule == rule)
        #expect(violation?.status.number == status)
    }

    @Test func anInviteWithoutOfferIsRefused() throws {
        var request = try Self.request(Self.good)
        request.body = []
        let violation = Self.rules().judge(request, cameBy: .tls).violation
        #expect(violation?.rule == .body)
        #expect(violation?.status == .badRequest)
    }

    /// The guide's own sample has a bare Contact: tolerated, and said in the report.
    @Test func contactWithoutBracketsIsTolerated() throws {
        let request = try Self.changed("Contact", "sip:+919000000002@203.0.113.9:5061;transport=tls")
        let (verdicts, violation) = Self.rules().judge(request, cameBy: .tls)
        #expect(violation == nil)
        #expect(verdicts.first { $0.rule == .contact }?.sentence.contains("no angle brackets") == true)
    }

    @Test func everyNumberIsMappedWhenNoneIsNamed() throws {
        var request = try Self.request(Self.good)
        request.uri = try URI("sip:+918000000009@pstn.in2.exotel.com")
        #expect(Self.rules(exophones: []).judge(request, cameBy: .tls).violation == nil)
    }

    /// In PSTN mode the caller is the Exophone, and no account is asked for.
    @Test func numbersAreSwappedInPSTNMode() throws {
        var request = try Self.changed("X-Exotel-AccountSid", nil)
        request.uri = try URI("sip:+919000000002@pstn.in2.exotel.com")
        #expect(Self.rules(.pstn).judge(request, cameBy: .tls).violation?.rule == .fromNumber)
        request.headers.replace(
            .from, try HeaderValue("<sip:+918000000001@acct1.pstn.exotel.com>;tag=f1"))
        #expect(Self.rules(.pstn).judge(request, cameBy: .tls).violation == nil)
    }

    @Test(arguments: [
        ("+918000000001", true), ("+1234567", true), ("+123456789012345", true), ("918000000001", false),
        ("+0123456789", false), ("+123456", false), ("+1234567890123456", false), ("+91 8000", false), ("", false),
        ("+", false), ("+91800000000a", false), ("+٩١٨٠٠٠٠٠٠٠٠٠", false),
    ])
    func numbers(text: String, isE164: Bool) {
        #expect(HeaderRules.isE164(text) == isE164)
    }
}
