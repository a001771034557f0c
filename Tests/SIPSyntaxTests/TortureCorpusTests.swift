import SIPSyntax
import Testing

/// Messages of our own for the sections of RFC 4475 and RFC 5118, which test what parsers stumble over.
struct TortureCorpusTests {
    /// RFC 4475 sections 3.1.1.1 to 3.1.1.13, 3.1.2.1 to 3.1.2.19, 3.2.1, 3.3.1 to 3.3.15 and 3.4.1; RFC 5118 sections
    /// 4.1 to 4.10.
    @Test func everySectionHasAMessage() {
        var sections = (1...13).map { "3.1.1.\($0)" } + (1...19).map { "3.1.2.\($0)" } + ["3.2.1"]
        sections += (1...15).map { "3.3.\($0)" } + ["3.4.1"] + (1...10).map { "4.\($0)" }
        #expect(TortureMessage.all.map(\.section) == sections)
    }

    @Test(arguments: TortureMessage.all)
    func messagesAreTakenOrRefused(_ torture: TortureMessage) throws {
        #expect(Written.fault(torture.bytes).map { "\($0)" } == torture.fault)
        guard torture.fault == nil else { return }
        let message = try MessageParser.parse(torture.bytes)
        let again = try MessageParser.parse(message.encoded())
        #expect(again.encoded() == message.encoded())
        #expect(try again.headers.vias == message.headers.vias)
        #expect(try again.headers.from == message.headers.from)
        #expect(try again.headers.to == message.headers.to)
        #expect(again.body == message.body)
    }

    /// Every beginning of every message is taken or refused, as a datagram and on a stream; none that lacks its end is
    /// taken for whole on a stream.
    @Test(arguments: TortureMessage.all)
    func everyTruncationIsSurvived(_ torture: TortureMessage) {
        for length in 0..<torture.bytes.count {
            Truncation.expectToSurvive(Array(torture.bytes.prefix(length)))
        }
    }

    @Test(arguments: SampleMessage.allCases)
    func everyTruncationOfASampleIsSurvived(_ sample: SampleMessage) throws {
        let bytes = try sample.bytes
        for length in 0..<bytes.count { Truncation.expectToSurvive(Array(bytes.prefix(length))) }
        var framer = StreamFramer()
        framer.append(bytes.dropLast())
        #expect(try framer.next() == nil, "the last byte is missing")
    }

    /// RFC 4475 section 3.1.1.1 in detail.
    @Test func whiteSpaceIsUnderstood() throws {
        let headers = try MessageParser.parse(try #require(TortureMessage.all.first).bytes).headers
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

    /// RFC 4475 sections 3.1.1.3, 3.1.1.4 and 3.1.1.9 in detail: escapes are resolved once, a NUL ends nothing, and
    /// semicolons before the @ belong to the user.
    @Test func userPartsAreUnderstood() throws {
        func message(_ section: String) throws -> SIPMessage {
            try MessageParser.parse(try #require(TortureMessage.all.first { $0.section == section }).bytes)
        }
        guard case .request(let escaped) = try message("3.1.1.3") else { throw SampleMessage.Mismatch.notARequest }
        #expect(escaped.uri.sip?.user == "sips:room@example.com")
        #expect(escaped.uri.sip?.isSecure == false)
        let contacts = try message("3.1.1.4").headers.contacts
        #expect(contacts.compactMap(\.uri.sip?.user) == ["\0", "\0\0"])
        guard case .request(let semicolons) = try message("3.1.1.9") else { throw SampleMessage.Mismatch.notARequest }
        #expect(semicolons.uri.sip?.user == "user;par=other@example.net")
        #expect(semicolons.uri.sip?.parameters.isEmpty == true)
    }
}

/// What must hold of any bytes at all.
enum Truncation {
    static func expectToSurvive(_ bytes: [UInt8]) {
        if let message = try? MessageParser.parse(bytes) {
            #expect((try? MessageParser.parse(message.encoded()))?.encoded() == message.encoded())
        }
        var framer = StreamFramer()
        framer.append(bytes)
        var rest = bytes.count
        while case .message(let message)? = try? framer.next() {
            rest -= message.count
            #expect(rest >= 0, "no byte belongs to two messages")
        }
    }
}
