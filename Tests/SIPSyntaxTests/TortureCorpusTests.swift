import SIPSyntax
import Testing

/// Messages of our own for the sections of RFC 4475, which tests what parsers stumble over.
struct TortureCorpusTests {
    struct Entry: CustomTestStringConvertible {
        /// Of RFC 4475.
        let section: String
        let rule: String
        var fault: SIPSyntaxError?
        /// Lines without their CR.
        let text: String

        var testDescription: String { "\(self.section) \(self.rule)" }

        var bytes: [UInt8] {
            Array((self.text.replacing("\n", with: "\r\n") + "\r\n\r\n").utf8)
        }
    }

    @Test(arguments: Self.legal)
    func legalMessagesAreRead(_ entry: Entry) throws {
        let message = try MessageParser.parse(entry.bytes)
        let again = try MessageParser.parse(message.encoded())
        #expect(again.encoded() == message.encoded())
        #expect(try again.headers.vias == message.headers.vias)
        #expect(try again.headers.from == message.headers.from)
        #expect(try again.headers.to == message.headers.to)
    }

    @Test(arguments: Self.illegal)
    func illegalMessagesAreRefused(_ entry: Entry) {
        #expect(Written.fault(entry.bytes) == entry.fault)
    }

    /// RFC 4475 section 3.1.1.1 in detail.
    @Test func whiteSpaceIsUnderstood() throws {
        let headers = try MessageParser.parse(try #require(Self.legal.first).bytes).headers
        #expect(try headers.vias.map(\.transport.text) == ["UDP", "TCP", "TLS"])
        #expect(try headers.vias.map(\.branch) == ["z9hG4bKspace", "z9hG4bKtcp", "z9hG4bKtls"])
        #expect(try headers.to.tag == "42")
        #expect(try headers.from.tag == "98")
        #expect(try headers.maxForwards == 68)
        #expect(try headers.cSeq == CSeq(number: 9, method: .invite))
        let contact = try #require(try headers.contacts.first)
        #expect(contact.displayName == "Quoted string \"\"")
        #expect(contact.parameters["new"] == "value")
        #expect(contact.parameters.contains("second"))
        #expect(contact.parameters["q"] == "0.33")
    }

    static let legal: [Entry] = [
        Entry(
            section: "3.1.1.1", rule: "white space, folding and empty fields wherever the grammar has room for them",
            text: #"""
                INVITE sip:room;x=y@example.net;other=1 SIP/2.0
                TO :
                 sip:room@example.net ;   tag    = 42
                from   : "A \"B\""       <sip:a@example.com>
                  ;
                  tag = 98
                MaX-fOrWaRdS: 0068
                Call-ID: space.1@192.0.2.4
                CSeq: 0009
                  INVITE
                Via  : SIP  /   2.0
                 /UDP
                    192.0.2.4;branch=z9hG4bKspace
                s :
                Odd: ;;,,;;,;
                v:  SIP  / 2.0  / TCP     spindle.example.com   ;
                  branch  =   z9hG4bKtcp  ,
                 SIP  /    2.0   / TLS  edge.example.org ; branch=
                 z9hG4bKtls
                m:"Quoted string \"\"" <sip:a@example.com> ; new =
                      value ;
                  second ; q = 0.33
                """#),
        Entry(
            section: "3.1.1.2", rule: "every character that a token may have, in method, names, tags and parameters",
            text: #"""
                !odd-Method01_*+`.%indeed'~ sip:1_odd.URI~(to-be!sure)&it+$/crazy?,/;;*:&pw=1,x!*$~d@example.com SIP/2.0
                Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
                To: "A\ B" <sip:1_odd.URI~(to-be!sure)@example.com>
                From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="value";tag=_t~1
                Call-ID: odd%Z-word@()<>:\/"[]?{}
                CSeq: 13973 !odd-Method01_*+`.%indeed'~
                extensionHeader-!.%*+_`'~: anything ; goes , here
                """#),
        Entry(
            section: "3.1.1.5", rule: "percent signs that are no escapes, in method and header names",
            text: #"""
                RE%47IST%45R sip:registrar.example.com SIP/2.0
                To: "%Z%45" <sip:resource@example.com>
                From: "%Z%45" <sip:resource@example.com>;tag=f23
                Call-ID: percent@192.0.2.7
                CSeq: 29344 RE%47IST%45R
                Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzs
                C%6Fntact: <sip:not-a-contact@example.com>
                Contact: <sip:alias@host.example.com>
                """#),
        Entry(
            section: "3.1.1.6", rule: "no blank between display name and angle bracket",
            text: #"""
                OPTIONS sip:user@example.com SIP/2.0
                To: sip:user@example.com
                From: caller<sip:caller@example.com>;tag=3
                Call-ID: lws@example.com
                CSeq: 60 OPTIONS
                Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkd
                """#),
        Entry(
            section: "3.1.1.10", rule: "transports that nobody here speaks",
            text: #"""
                OPTIONS sip:user@example.com SIP/2.0
                To: sip:user@example.com
                From: <sip:caller@example.com>;tag=323
                Call-ID: transports@example.com
                CSeq: 60 OPTIONS
                Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bK1
                Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bK2
                Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK3
                Via: SIP/2.0/NEVERHEARDOF t4.example.com;branch=z9hG4bK4
                """#),
        Entry(
            section: "3.1.1.12", rule: "a reason phrase in another alphabet",
            text: #"""
                SIP/2.0 200 = 2**3 * 5**2 но сто - простое
                Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324
                Call-ID: reason@example.com
                CSeq: 35 INVITE
                From: <sip:user@example.com>;tag=11141
                To: <sip:other@example.com>;tag=2229
                """#),
        Entry(
            section: "3.1.1.13", rule: "no reason phrase and no blank before it",
            text: #"""
                SIP/2.0 100
                Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398
                Call-ID: noreason@example.com
                CSeq: 35 INVITE
                From: <sip:user@example.com>;tag=39
                To: <sip:other@example.com>;tag=902
                """#),
        Entry(
            section: "3.1.2.12", rule: "a date that is none, in a field that nobody reads",
            text: #"""
                INVITE sip:user@example.com SIP/2.0
                To: sip:user@example.com
                From: sip:caller@example.net;tag=2234923
                Call-ID: date@example.net
                CSeq: 1 INVITE
                Via: SIP/2.0/UDP host.example.net;branch=z9hG4bKd
                Date: Friday, 1st of Neveruary
                """#),
        Entry(
            section: "3.2.1", rule: "a branch that is the cookie alone",
            text: #"""
                OPTIONS sip:user@example.com SIP/2.0
                To: sip:user@example.com
                From: sip:caller@example.org;tag=33242
                Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK
                Call-ID: cookie@example.org
                CSeq: 8 OPTIONS
                """#),
        Entry(
            section: "3.3.2", rule: "a Request-URI of an unknown scheme",
            text: #"""
                OPTIONS madeUpScheme:whatever/it?means SIP/2.0
                To: sip:user@example.com
                From: sip:caller@example.net;tag=384
                Call-ID: scheme@example.net
                CSeq: 3923423 OPTIONS
                Via: SIP/2.0/TCP host9.example.com;branch=z9hG4bKs
                """#),
        Entry(
            section: "3.3.4", rule: "unknown schemes in addresses",
            text: #"""
                REGISTER sip:example.com SIP/2.0
                To: isbn:9780306406157
                From: <http://www.example.com>;tag=3234233
                Call-ID: addresses@example.com
                CSeq: 234902 REGISTER
                Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKr
                Contact: <name:Somebody>
                """#),
        Entry(
            section: "3.3.10", rule: "a response with two Via and a broadcast address",
            text: #"""
                SIP/2.0 200 OK
                Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1
                Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK2
                Call-ID: broadcast@example.com
                CSeq: 35 INVITE
                From: <sip:user@example.com>;tag=11141
                To: <sip:other@example.com>;tag=2229
                """#),
        Entry(
            section: "3.3.11", rule: "no hop left",
            text: #"""
                OPTIONS sip:user@example.com SIP/2.0
                To: sip:user@example.com
                From: sip:caller@example.net;tag=3ghsd41
                Call-ID: zero@example.net
                CSeq: 39234321 OPTIONS
                Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bKz
                Max-Forwards: 0
                """#),
        Entry(
            section: "3.3.14", rule: "a Route in a contact's URI, which must take no effect",
            text: #"""
                REGISTER sip:example.com SIP/2.0
                To: sip:user@example.com
                From: sip:user@example.com;tag=8
                Call-ID: route@example.com
                CSeq: 14398234 REGISTER
                Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKe
                Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>
                """#),
        Entry(
            section: "3.4.1", rule: "an INVITE of RFC 2543: no branch, no tag, no length",
            text: #"""
                INVITE sip:user@example.com SIP/2.0
                Via: SIP/2.0/UDP old.example.com
                From: <sip:caller@example.net>
                To: <sip:user@example.com>
                Call-ID: old@old.example.com
                CSeq: 1 INVITE
                Contact: <sip:caller@old.example.com>
                Content-Type: application/sdp
                """#),
    ]

    static let illegal: [Entry] = [
        Entry(
            section: "3.1.2.1", rule: "stray separators in Via and Contact", fault: .malformedHeader(.via),
            text: #"""
                INVITE sip:user@example.com SIP/2.0
                To: sip:user@example.com
                From: sip:caller@example.net;tag=134161461246
                Call-ID: separators@example.net
                CSeq: 8 INVITE
                Via: SIP/2.0/UDP 192.0.2.15;;,;,,
                Contact: "Joe" <sip:joe@example.org>;;;;
                """#),
        Entry(
            section: "3.1.2.3", rule: "a negative length", fault: .malformedHeader(.contentLength),
            text: #"""
                INVITE sip:user@example.com SIP/2.0
                To: sip:user@example.com
                From: sip:caller@example.net;tag=5
                Call-ID: negative@example.net
                CSeq: 8 INVITE
                Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKn
                Content-Length: -999
                """#),
        Entry(
            section: "3.1.2.4", rule: "numbers far too large", fault: .malformedHeader(.cSeq),
            text: #"""
                REGISTER sip:example.com SIP/2.0
                Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bKl
                To: <sip:user@example.com>
                From: <sip:user@example.com>;tag=239232jh3
                CSeq: 36893488147419103232 REGISTER
                Call-ID: scalar@example.com
                Max-Forwards: 255
                Expires: 10000000000000000000000000000000000000000000000
                """#),
        Entry(
            section: "3.1.2.6", rule: "a quote that is never closed", fault: .malformedHeader(.to),
            text: #"""
                INVITE sip:user@example.com SIP/2.0
                To: "Mr. J. User <sip:j.user@example.com>
                From: sip:caller@example.net;tag=93334
                Call-ID: quote@example.net
                CSeq: 8 INVITE
                Via: SIP/2.0/UDP 192.0.2.59:5050;branch=z9hG4bKq
                """#),
        Entry(
            section: "3.1.2.8", rule: "blanks inside the Request-URI", fault: .malformedStartLine,
            text: #"""
                INVITE sip:user@example.com; lr SIP/2.0
                To: sip:user@example.com;tag=3xfe
                From: sip:caller@example.net;tag=7
                Call-ID: blanks@example.net
                CSeq: 8 INVITE
                Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb
                """#),
        Entry(
            section: "3.1.2.16", rule: "another version of the protocol", fault: .unsupportedVersion,
            text: #"""
                OPTIONS sip:user@example.com SIP/7.0
                To: sip:user@example.com
                From: sip:caller@example.net;tag=3
                Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKv
                Call-ID: version@example.net
                CSeq: 1 OPTIONS
                """#),
        Entry(
            section: "3.1.2.17", rule: "two methods", fault: .methodMismatch,
            text: #"""
                OPTIONS sip:user@example.com SIP/2.0
                To: sip:user@example.com
                From: sip:caller@example.net;tag=34525
                Call-ID: methods@example.net
                CSeq: 8 INVITE
                Via: SIP/2.0/UDP host.example.com;branch=z9hG4bKm
                """#),
        Entry(
            section: "3.1.2.19", rule: "a status that wraps to another", fault: .malformedStatusCode,
            text: #"""
                SIP/2.0 4294967301 better not break the receiver
                Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bKw
                Call-ID: wraps@example.com
                CSeq: 35 INVITE
                From: <sip:user@example.com>;tag=39
                To: <sip:other@example.com>;tag=902
                """#),
        Entry(
            section: "3.3.1", rule: "half of what a request needs", fault: .missingHeader(.from),
            text: #"""
                INVITE sip:user@example.com SIP/2.0
                CSeq: 193942 INVITE
                Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKi
                """#),
        Entry(
            section: "3.3.8", rule: "two values where one belongs", fault: .repeatedHeader(.from),
            text: #"""
                INVITE sip:user@example.com SIP/2.0
                CSeq: 5 INVITE
                Via: SIP/2.0/UDP 192.0.2.25;branch=z9hG4bKx
                Max-Forwards: 70
                From: sip:a@example.com;tag=1
                From: sip:b@example.com;tag=2
                To: sip:user@example.com
                Call-ID: twice@example.com
                """#),
        Entry(
            section: "3.3.9", rule: "two lengths", fault: .malformedHeader(.contentLength),
            text: #"""
                OPTIONS sip:user@example.com SIP/2.0
                Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bK2
                To: sip:user@example.com
                From: sip:other@example.net;tag=3923942
                Call-ID: lengths@example.net
                CSeq: 15932 OPTIONS
                Content-Length: 13
                Content-Length: 0
                """#),
    ]
}
