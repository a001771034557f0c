import Addressing
import SIPSyntax
import Testing

/// Messages on the wire: strict, canonical, and always with a true Content-Length.
struct MessageWriterTests {
    @Test func writesARequest() throws {
        let uri = try SIPURI(user: "+918000000001", host: try Host("pstn.in2.exotel.com"))
        var headers = Headers()
        headers.add(
            .via,
            Via(
                transport: .tls, host: .ip(.loopback), port: 5061,
                branch: Token(hexadecimal: 0xA1, prefix: Via.magicCookie)))
        headers.add(.maxForwards, UInt32(70))
        var from = try NameAddress(displayName: "+919000000002", uri: .sip(uri))
        from.setTag(Token(trusted: "f1"))
        headers.add(.from, from)
        headers.add(.to, NameAddress(uri: uri))
        headers.add(.callID, try CallID("7c1e@127.0.0.1"))
        headers.add(.cSeq, CSeq(number: 1, method: .invite))
        headers.add(try HeaderName("X-Custom"), try HeaderValue("a=b"))
        headers.add(.contentType, MediaType.sdp)
        let request = Request(method: .invite, uri: .sip(uri), headers: headers, body: Array("v=0".utf8))
        #expect(
            String(decoding: request.encoded(), as: UTF8.self) == """
                INVITE sip:+918000000001@pstn.in2.exotel.com SIP/2.0\r
                Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK00000000000000a1;rport\r
                Max-Forwards: 70\r
                From: "+919000000002" <sip:+918000000001@pstn.in2.exotel.com>;tag=f1\r
                To: <sip:+918000000001@pstn.in2.exotel.com>\r
                Call-ID: 7c1e@127.0.0.1\r
                CSeq: 1 INVITE\r
                X-Custom: a=b\r
                Content-Type: application/sdp\r
                Content-Length: 3\r
                \r
                v=0
                """)
        #expect(try MessageParser.parse(request.encoded()).body == request.body)
    }

    @Test func writesAResponse() throws {
        let response = Response(status: .ringing)
        #expect(
            String(decoding: response.encoded(), as: UTF8.self) == "SIP/2.0 180 Ringing\r\nContent-Length: 0\r\n\r\n")
        let own = Response(status: .badRequest, reason: try HeaderValue("Missing Call-ID"))
        #expect(String(decoding: own.encoded(), as: UTF8.self).hasPrefix("SIP/2.0 400 Missing Call-ID\r\n"))
        let empty = Response(status: .ok, reason: try HeaderValue(""))
        #expect(String(decoding: empty.encoded(), as: UTF8.self).hasPrefix("SIP/2.0 200 \r\n"))
    }

    /// A Content-Length that was set or came in says nothing about the body that is written.
    @Test func contentLengthIsAlwaysTheBodys() throws {
        var headers = Headers()
        headers.add(.contentLength, UInt32(99))
        let bytes = Response(status: .ok, headers: headers, body: [1, 2, 3]).encoded()
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("\r\nContent-Length: 3\r\n\r\n"))
        #expect(!text.contains("99"))
    }

    /// Header fields stay in their order, names get their canonical form, unknown ones stay as they are.
    @Test(arguments: SampleMessage.allCases)
    func samplesSurviveWritingAndReading(_ sample: SampleMessage) throws {
        let message = try sample.parsed()
        let again = try MessageParser.parse(message.encoded())
        let known = message.headers.fields.filter { $0.name != .contentLength }
        #expect(again.headers.fields.filter { $0.name != .contentLength } == known)
        #expect(again.body == message.body)
        #expect(again.encoded() == message.encoded())
        #expect(try again.headers.vias == message.headers.vias)
        #expect(try again.headers.contacts == message.headers.contacts)
    }

    @Test func foldedAndCompactFieldsAreWrittenOut() throws {
        let text = String(decoding: try SampleMessage.compactAndFolded.parsed().encoded(), as: UTF8.self)
        #expect(text.contains("\r\nCSeq: 0009 OPTIONS\r\n"))
        #expect(text.contains("\r\nSupported: replaces ,timer\r\n"))
        #expect(text.contains("\r\nContent-Length: 4\r\n\r\nbody"))
        #expect(!text.contains("\r\n "))
        #expect(!text.contains("\r\nl:"))
    }

    @Test(arguments: [100, 180, 199, 200, 299, 302, 404, 499, 503, 599, 603, 699])
    func everyStatusHasAPhraseAndAClass(_ number: Int) throws {
        let status = try #require(StatusCode(number))
        #expect(status.class.rawValue == number / 100)
        #expect(status.isProvisional == (number < 200))
        #expect(status.isFinal == !status.isProvisional)
        #expect(status.isSuccess == (200...299 ~= number))
        #expect(!status.reasonPhrase.text.isEmpty)
        #expect(status.description == String(number))
    }

    @Test(arguments: [Int.min, -1, 0, 99, 700, Int.max])
    func otherNumbersAreNoStatus(_ number: Int) {
        #expect(StatusCode(number) == nil)
    }

    @Test func headersOfAMessageCanBeChanged() throws {
        var message = try SampleMessage.serviceUnavailable.parsed()
        message.headers.remove(.warning)
        #expect(try message.headers.warnings.isEmpty)
        message = try SampleMessage.byeWithReason.parsed()
        message.headers.add(.subject, HeaderValue(trusted: "x"))
        #expect(message.headers.first(.subject)?.text == "x")
    }
}
