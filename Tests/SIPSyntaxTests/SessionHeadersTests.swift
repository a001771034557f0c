import SIPSyntax
import Testing

/// Session-Expires and Min-SE (RFC 4028), RSeq and RAck (RFC 3262): read, and written as they are read.
@Suite struct SessionHeadersTests {
    private func headers(_ name: HeaderName, _ text: String) throws -> Headers {
        var headers = Headers()
        headers.add(name, try HeaderValue(text))
        return headers
    }

    @Test(
        arguments: [
            ("1800", 1800, nil), ("90;refresher=uac", 90, .uac), ("4000 ; refresher = UAS", 4000, .uas),
            ("1800;x=y;refresher=uas", 1800, .uas), ("0", 0, nil),
        ] as [(String, Int, SessionExpires.Refresher?)])
    func sessionExpiresIsRead(text: String, seconds: Int, refresher: SessionExpires.Refresher?) throws {
        let field = try self.headers(.sessionExpires, text).sessionExpires
        #expect(field == SessionExpires(interval: .seconds(seconds), refresher: refresher))
    }

    @Test(arguments: ["", "x", "-1", "1800;refresher=me", "1800;refresher", "99999999999", "1800 1800", "1800;"])
    func otherSessionExpiresIsMalformed(text: String) throws {
        let headers = try self.headers(.sessionExpires, text)
        #expect(throws: SIPSyntaxError.malformedHeader(.sessionExpires)) { try headers.sessionExpires }
    }

    @Test func compactFormIsTheSame() throws {
        let headers = try self.headers(try HeaderName("x"), "90")
        #expect(try headers.sessionExpires?.interval == .seconds(90))
    }

    @Test func minimumIsRead() throws {
        #expect(try self.headers(.minSE, "120;a=b").minSE == MinimumSessionInterval(.seconds(120)))
        let malformed = try self.headers(.minSE, "soon")
        #expect(throws: SIPSyntaxError.malformedHeader(.minSE)) { try malformed.minSE }
        #expect(try Headers().minSE == nil)
    }

    @Test func acknowledgementIsRead() throws {
        let rAck = try self.headers(.rAck, "776656  1 INVITE").rAck
        #expect(rAck == ReliableAcknowledgement(responseNumber: 776_656, cSeq: CSeq(number: 1, method: .invite)))
        for text in ["1 INVITE", "1", "1 2", "x 1 INVITE", "4294967296 1 INVITE", "1 1 INVITE x"] {
            let headers = try self.headers(.rAck, text)
            #expect(throws: SIPSyntaxError.malformedHeader(.rAck)) { try headers.rAck }
        }
    }

    @Test func responseNumberIsOneOrMore() throws {
        #expect(try self.headers(.rSeq, "988789").rSeq == 988_789)
        for text in ["0", "-1", "4294967296", "1 2"] {
            let headers = try self.headers(.rSeq, text)
            #expect(throws: SIPSyntaxError.malformedHeader(.rSeq)) { try headers.rSeq }
        }
    }

    @Test func fieldsAreWritten() {
        #expect(SessionExpires(interval: .seconds(90), refresher: .uas).headerValue.text == "90;refresher=uas")
        #expect(SessionExpires(interval: .seconds(90), refresher: nil).headerValue.text == "90")
        #expect(SessionExpires.Refresher.uac.other == .uas && SessionExpires.Refresher.uas.other == .uac)
        #expect(MinimumSessionInterval(.seconds(90)).headerValue.text == "90")
        let rAck = ReliableAcknowledgement(responseNumber: 7, cSeq: CSeq(number: 3, method: .invite))
        #expect(rAck.headerValue.text == "7 3 INVITE")
    }
}
