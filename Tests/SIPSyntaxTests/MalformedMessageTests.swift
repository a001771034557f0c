import SIPSyntax
import Testing

/// Messages that must not be taken, the fault that each has, and what can still be answered.
struct MalformedMessageTests {
    @Test(arguments: [
        ("", SIPSyntaxError.malformedStartLine),
        ("OPTIONS", .malformedStartLine),
        ("OPTIONS sip:b@example.com", .malformedStartLine),
        ("OPTIONS  sip:b@example.com SIP/2.0", .malformedStartLine),
        ("OPTIONS sip:b@example.com; lr SIP/2.0", .malformedStartLine),
        ("OPTIONS sip:b@example.com SIP/2.0 ", .malformedStartLine),
        ("OPT\u{01}IONS sip:b@example.com SIP/2.0", .malformedStartLine),
        ("OPTIONS sip:b@example.com HTTP/1.1", .malformedStartLine),
        ("OPTIONS sip:b@example.com SIP/x.y", .malformedStartLine),
        ("OPTIONS sip:b@example.com SIP/7.0", .unsupportedVersion),
        ("OPTIONS sip:b@example.com SIP/2.00", .unsupportedVersion),
        ("OPTIONS <sip:b@example.com> SIP/2.0", .malformedRequestURI),
        ("OPTIONS sip: SIP/2.0", .malformedRequestURI),
        ("OPTIONS sip:b@2001:db8::1 SIP/2.0", .malformedRequestURI),
        ("OPTIONS sip:b@example.com:99999 SIP/2.0", .malformedRequestURI),
        ("SIP/2.0", .malformedStartLine),
        ("SIP/2.0 20 OK", .malformedStatusCode),
        ("SIP/2.0 099 Low", .malformedStatusCode),
        ("SIP/2.0 700 High", .malformedStatusCode),
        ("SIP/2.0 4294967301 Wraps to 5", .malformedStatusCode),
        ("SIP/2.0 +20 OK", .malformedStatusCode),
        ("SIP/3.0 200 OK", .unsupportedVersion),
        ("SIP/2.0 200 O\u{00}K", .malformedStartLine),
    ])
    func refusesStartLines(_ line: String, fault: SIPSyntaxError) {
        let bytes = line.isEmpty ? Array("\u{20}\r\n\r\n".utf8) : Written.options(startLine: line)
        #expect(Written.fault(bytes) == fault)
    }

    @Test(arguments: [HeaderName.via, .from, .to, .callID, .cSeq])
    func refusesAMissingHeader(_ name: HeaderName) {
        #expect(Written.fault(Written.options(replacing: name.text, with: nil)) == .missingHeader(name))
    }

    @Test(arguments: [HeaderName.from, .to, .callID, .cSeq])
    func refusesARepeatedHeader(_ name: HeaderName) {
        for line in Written.headers where line.hasPrefix(name.text + ":") {
            #expect(Written.fault(Written.options(adding: [line])) == .repeatedHeader(name))
        }
    }

    @Test(arguments: [
        ("Via", "Via: SIP/2.0/UDP 192.0.2.15;;,;,,"),
        ("Via", "Via: SIP/2.0/UDP"),
        ("Via", "Via: SIP/2.0/UDP 192.0.2.1:65536"),
        ("Via", "Via: SIP/2.0/UDP 192.0.2.1,"),
        ("Via", "Via: SIP/1.0/UDP 192.0.2.1"),
        ("Via", "Via: SIP/2.0/UDP 2001:db8::1"),
        ("Via", "Via: SIP/2.0/UDP [2001:db8::1"),
        ("Via", "Via: SIP/2.0/UDP 192.0.2.1;branch="),
        ("From", "From: \"unbalanced <sip:a@example.com>"),
        ("From", "From: <sip:a@example.com"),
        ("From", "From: <sip:a@example.com>;tag=\"open"),
        ("From", "From: <sip:a@example.com> x"),
        ("From", "From: <>"),
        ("To", "To: Watson, Thomas <sip:b@example.com>"),
        ("To", "To: sip:b@example.com?Route=x"),
        ("To", "To: \"Name\" sip:b@example.com"),
        ("Call-ID", "Call-ID: a b"),
        ("Call-ID", "Call-ID:"),
        ("CSeq", "CSeq: 2147483648 OPTIONS"),
        ("CSeq", "CSeq: 36893488147419103232 OPTIONS"),
        ("CSeq", "CSeq: -1 OPTIONS"),
        ("CSeq", "CSeq: 1OPTIONS"),
        ("CSeq", "CSeq: 1"),
        ("CSeq", "CSeq: 1 OPTIONS x"),
    ])
    func refusesAMalformedHeader(_ name: String, line: String) throws {
        #expect(
            Written.fault(Written.options(replacing: name, with: line)) == .malformedHeader(try HeaderName(name)))
    }

    @Test(arguments: [
        (HeaderName.contact, "Contact: <sip:a@example.com>;;"), (.contact, "Contact: sip:a@b?Route=%3Csip:c%3E"),
        (.contact, "Contact:"), (.contact, "Contact: *, <sip:a@example.com>"),
        (.route, "Route: <sip:a@example.com>, ,"), (.recordRoute, "Record-Route: nothing"),
        (.maxForwards, "Max-Forwards: 256"), (.maxForwards, "Max-Forwards: x"),
        (.contentType, "Content-Type: application"),
    ])
    func refusesAMalformedOptionalHeader(_ name: HeaderName, line: String) {
        #expect(Written.fault(Written.options(adding: [line])) == .malformedHeader(name))
    }

    /// RFC 3261 section 8.1.1.5: the method of CSeq is the request's; in a response nothing else says the method.
    @Test func refusesAnotherMethodInCSeq() {
        #expect(Written.fault(Written.options(replacing: "CSeq", with: "CSeq: 1 INVITE")) == .methodMismatch)
        #expect(Written.fault(Written.options(startLine: "SIP/2.0 200 OK")) == nil)
    }

    /// Content-Length decides where a request ends; whoever reads it otherwise than the next element smuggles.
    @Test(arguments: ["+5", "-5", "0x5", "5 5", "5,5", "", "5.0", "٥", "99999999999999999999999", "\"5\""])
    func refusesContentLengths(_ value: String) {
        let bytes = Written.options(adding: ["Content-Length: " + value], body: "12345")
        #expect(Written.fault(bytes) == .malformedHeader(.contentLength))
    }

    @Test func refusesContentLengthsThatDiffer() {
        let differing = Written.options(adding: ["Content-Length: 5", "l: 4"], body: "12345")
        #expect(Written.fault(differing) == .malformedHeader(.contentLength))
        let equal = Written.options(adding: ["Content-Length: 5", "l: 5"], body: "12345")
        #expect(Written.fault(equal) == nil)
    }

    @Test func refusesADatagramShorterThanItsBody() {
        #expect(Written.fault(Written.options(adding: ["Content-Length: 6"], body: "12345")) == .bodyTooShort)
    }

    /// A name is a token, and nothing but SP and HT may follow it: "Content-Length\u{00}" is not Content-Length.
    @Test(arguments: Array(UInt8(0)...0x1F) + [0x7F, 0x80, 0xA0, 0xC2, 0xFF, UInt8(ascii: "("), UInt8(ascii: "\"")])
    func aByteBehindTheNameMakesNoKnownHeader(_ byte: UInt8) {
        guard byte != 0x09 else { return }
        var bytes = Array("OPTIONS sip:b@example.com SIP/2.0\r\n".utf8)
        bytes += Array((Written.headers.joined(separator: "\r\n") + "\r\nContent-Length").utf8)
        bytes += [byte] + Array(": 3\r\n\r\nabc".utf8)
        #expect(Written.fault(bytes) == .malformedHeaderLine(6))
    }

    @Test(arguments: [" ", "\t", " \t "])
    func blanksBetweenNameAndColonAreLegal(_ blanks: String) throws {
        let bytes = Written.options(adding: ["Content-Length\(blanks): 3"], body: "abcd")
        #expect(try MessageParser.parse(bytes).body.count == 3)
    }

    @Test(arguments: [
        ("no colon", 6), (": no name", 6), ("Subject: a\u{00}b", 6), ("Subject: \"a\u{01}b\"", 6),
        ("Subject: a\\\u{01}b", 6), ("Subject: a\rb", 6), ("Subject: a\nb", 6), ("Sub ject: a", 6), ("Ünïcode: a", 6),
    ])
    func refusesLines(_ line: String, number: Int) {
        #expect(Written.fault(Written.options(adding: [line])) == .malformedHeaderLine(number))
    }

    @Test func refusesAFoldedFirstLine() {
        let bytes = Written.message([Written.startLine, " folded"] + Written.headers)
        #expect(Written.fault(bytes) == .malformedHeaderLine(1))
    }

    @Test func refusesWhatHasNoEnd() {
        #expect(Written.fault([]) == .emptyMessage)
        #expect(Written.fault([13, 10, 13, 10]) == .emptyMessage)
        #expect(Written.fault(Array("OPTIONS sip:b@example.com SIP/2.0\r\n".utf8)) == .headNotTerminated)
        #expect(Written.fault(Array(Written.options().dropLast(2))) == .headNotTerminated)
    }

    /// RFC 3261 section 8.2.6: a 400 echoes Via, From, To, Call-ID and CSeq, as far as they came.
    @Test func keepsWhatAResponseEchoes() throws {
        let bytes = Written.options(adding: ["no colon", "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK0", "Subject: x"])
        let malformed = try #require(throws: MalformedMessage.self) { _ = try MessageParser.parse(bytes) }
        let request = try #require(malformed.request)
        #expect(request.method == .options)
        #expect(request.via?.branch == "z9hG4bK1")
        #expect(request.status == .badRequest)
        #expect(request.headers.fields.map(\.name) == [.via, .via, .from, .to, .callID, .cSeq])
    }

    @Test func echoesNoHeaderTwice() throws {
        let bytes = Written.options(adding: ["Call-ID: c2", "From: <sip:x@example.com>;tag=2"])
        let malformed = try #require(throws: MalformedMessage.self) { _ = try MessageParser.parse(bytes) }
        let headers = try #require(malformed.request?.headers)
        #expect(headers.all(.callID).map(\.text) == ["c1"])
        #expect(headers.all(.from).count == 1)
    }

    /// RFC 4475 section 3.1.2.16: another version is 505, and what is a response is never answered.
    @Test func choosesTheStatus() throws {
        let version = try #require(throws: MalformedMessage.self) {
            _ = try MessageParser.parse(Written.options(startLine: "OPTIONS sip:b@example.com SIP/7.0"))
        }
        #expect(version.request?.status == .versionNotSupported)
        let response = try #require(throws: MalformedMessage.self) {
            _ = try MessageParser.parse(Written.options(startLine: "SIP/2.0 4294967301 x"))
        }
        #expect(response.request == nil)
        let long = try #require(throws: MalformedMessage.self) {
            _ = try MessageParser.parse(Written.options(adding: ["X: " + String(repeating: "x", count: 9000)]))
        }
        #expect(long.request?.status == .messageTooLarge)
        let noise = try #require(throws: MalformedMessage.self) { _ = try MessageParser.parse([0xFF, 0x00, 0xFE]) }
        #expect(noise.request?.method == nil)
        #expect(noise.request?.via == nil)
    }

    /// The sentence goes into reason phrases and logs: it is plain ASCII whatever the peer wrote.
    @Test(arguments: [
        SIPSyntaxError.messageTooLong, .headTooLong, .headerLineTooLong, .tooManyHeaders, .emptyMessage,
        .headNotTerminated, .malformedStartLine, .unsupportedVersion, .malformedRequestURI, .malformedStatusCode,
        .malformedHeaderLine(7), .malformedHeader(.via), .missingHeader(.to), .repeatedHeader(.from), .methodMismatch,
        .bodyTooShort, .notAToken, .controlCharacter, .malformedURI, .malformedHost, .malformedParameter,
    ])
    func everyFaultHasASentence(_ fault: SIPSyntaxError) throws {
        #expect(fault.sentence.utf8.allSatisfy { 0x20...0x7E ~= $0 })
        #expect(try HeaderValue(fault.sentence).text == fault.sentence)
    }
}
