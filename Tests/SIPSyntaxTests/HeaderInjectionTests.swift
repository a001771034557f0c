import Addressing
import SIPSyntax
import Testing

/// Nothing that is set through the API can end its line: no CR, LF, NUL or other control gets into a message.
struct HeaderInjectionTests {
    static let controls = Array(0x00...0x1F).filter { $0 != 0x09 } + [0x7F]

    private func text(with control: Int) throws -> String {
        "a" + String(Character(try #require(Unicode.Scalar(control)))) + "b"
    }

    @Test(arguments: Self.controls)
    func controlsAreRefusedEverywhere(_ control: Int) throws {
        let text = try self.text(with: control)
        let host = try Host("example.com")
        #expect(throws: SIPSyntaxError.controlCharacter) { try HeaderValue(text) }
        #expect(throws: SIPSyntaxError.notAToken) { try HeaderName(text) }
        #expect(throws: SIPSyntaxError.notAToken) { try Token(text) }
        #expect(throws: SIPSyntaxError.controlCharacter) { try SIPURI(user: text, host: host) }
        #expect(throws: SIPSyntaxError.controlCharacter) {
            try NameAddress(displayName: text, uri: .sip(SIPURI(host: host)))
        }
        #expect(throws: SIPSyntaxError.controlCharacter) { try Reason(protocolName: Reason.sip, cause: 1, text: text) }
        #expect(throws: SIPSyntaxError.controlCharacter) {
            try Warning(code: 399, agent: Token(trusted: "x"), text: text)
        }
        #expect(throws: SIPSyntaxError.malformedHost) { try Host(text) }
        #expect(throws: SIPSyntaxError.malformedHost) { try HostName(text) }
        #expect(throws: SIPSyntaxError.malformedHeader(.callID)) { try CallID(text) }
        #expect(throws: SIPSyntaxError.self) { try URI("sip:" + text + "@example.com") }
        #expect(throws: SIPSyntaxError.self) { try URI("tel:" + text) }
        #expect(Method(rawValue: text) == nil)
        var parameters = Parameters()
        #expect(throws: SIPSyntaxError.malformedParameter) { try parameters.set("name", text) }
        #expect(throws: SIPSyntaxError.notAToken) { try parameters.set(text, "value") }
        #expect(throws: SIPSyntaxError.controlCharacter) { try parameters.setQuoted("name", text) }
        #expect(throws: SIPSyntaxError.notAToken) { try parameters.setQuoted(text, "value") }
        #expect(parameters.isEmpty)
    }

    /// CR LF is one `Character` in Swift: the checks look at bytes.
    @Test func lineEndsAreRefusedAsOneCharacter() throws {
        let text = "1\r\nX-Exotel-TrunkSid: forged"
        #expect(throws: SIPSyntaxError.controlCharacter) { try HeaderValue(text) }
        #expect(throws: SIPSyntaxError.controlCharacter) { try SIPURI(user: text, host: try Host("example.com")) }
        #expect(throws: SIPSyntaxError.notAToken) { try HeaderName("X-A\r\n") }
    }

    /// What means something in a URI is escaped in a user: `@`, `?`, quotes, angle brackets and blanks.
    @Test func userTextCannotBecomeOtherParts() throws {
        let user = "1@evil.example;x?Route=\"<>\" %0d%0a#ü"
        let uri = try SIPURI(user: user, host: try Host("example.com"))
        #expect(uri.description.hasSuffix("@example.com"))
        let again = try #require(try URI(uri.description).sip)
        #expect(again.user == user)
        #expect(again.host == uri.host)
        #expect(!uri.description.contains("<"))
        #expect(!uri.description.contains("\""))
    }

    @Test func displayNameCannotEndItsQuotes() throws {
        let address = try NameAddress(
            displayName: "\" <sip:evil@example.net>, \"\\", uri: try URI("sip:a@example.com"))
        var headers = Headers()
        headers.add(.contact, address)
        let contacts = try headers.contacts
        #expect(contacts == [address])
    }

    @Test func emptyValuesAreRefusedWhereTheyCannotStand() throws {
        #expect(throws: SIPSyntaxError.notAToken) { try HeaderName("") }
        #expect(throws: SIPSyntaxError.notAToken) { try Token("") }
        #expect(throws: SIPSyntaxError.malformedURI) { try SIPURI(user: "", host: try Host("example.com")) }
        #expect(throws: SIPSyntaxError.malformedHost) { try Host("") }
        #expect(try HeaderValue("").text.isEmpty)
        #expect(throws: SIPSyntaxError.malformedParameter) {
            try Warning(code: 99, agent: Token(trusted: "x"), text: "")
        }
    }
}
