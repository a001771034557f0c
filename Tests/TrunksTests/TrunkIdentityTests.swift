import SIPSyntax
import Testing
import Trunks

/// How a caller is named to a carrier, and what a bot sees of an inbound call.
@Suite struct TrunkIdentityTests {
    private func fields(_ change: (inout Trunk) -> Void, headers: [(String, String)] = []) throws -> [String] {
        var trunk = try Samples.plain()
        change(&trunk)
        let order = try trunk.order(to: "+4930999999", headers: headers.map { (name: $0.0, value: $0.1) })
        let plan = try trunk.plan(order, pointOfPresence: 0)
        return ["From: \(plan.from.headerValue)"] + plan.headers.map { "\($0.name): \($0.value)" }
    }

    private static let from = "From: \"+4930123456\" <sip:+4930123456@192.0.2.10>"
    private static let anonymous = "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>"
    private static let caller = "\"+4930123456\" <sip:+4930123456@192.0.2.10>"

    @Test func noIdentityUnlessAsked() throws {
        #expect(try self.fields { _ in } == [Self.from])
    }

    @Test func assertedIdentity() throws {
        #expect(
            try self.fields { $0.identity = .pAssertedIdentity } == [Self.from, "P-Asserted-Identity: \(Self.caller)"])
    }

    @Test func hiddenCallerIsKnownToTheCarrierOnly() throws {
        let fields = try self.fields {
            $0.identity = .pAssertedIdentity
            $0.hidesCaller = true
        }
        #expect(fields == [Self.anonymous, "P-Asserted-Identity: \(Self.caller)", "Privacy: id"])
    }

    @Test func remotePartyID() throws {
        let fields = try self.fields {
            $0.identity = .remotePartyID
            $0.hidesCaller = true
        }
        #expect(
            fields == [Self.anonymous, "Remote-Party-ID: \(Self.caller);party=calling;screen=yes;privacy=full"])
    }

    /// A call's own field takes the place of the trunk's; a signed identity goes through whole.
    @Test func callReplacesIdentity() throws {
        let token = String(repeating: "a", count: 2_000) + ";info=<https://cert.example.org/a.pem>"
        let fields = try self.fields(
            { $0.identity = .pAssertedIdentity },
            headers: [("P-Asserted-Identity", "<sip:x@example.com>"), ("Identity", token), ("User-to-User", "00ab")])
        #expect(
            fields == [
                Self.from, "P-Asserted-Identity: <sip:x@example.com>", "Identity: \(token)", "User-to-User: 00ab",
            ])
    }

    @Test func signedIdentityIsBounded() {
        #expect(throws: TrunkError.badHeaderValue(name: "Identity")) {
            try CustomHeader(name: "Identity", value: String(repeating: "a", count: 4_097))
        }
    }

    // MARK: - Inbound

    private static func headers(_ lines: [(HeaderName, String)]) throws -> Headers {
        var headers = Headers()
        for (name, value) in lines { headers.add(name, try HeaderValue(value)) }
        return headers
    }

    @Test func botSeesTheAllowListOnly() throws {
        let headers = try Self.headers([
            (.via, "SIP/2.0/UDP a"), (HeaderName(trusted: "X-Customer"), "7"), (.identity, "abc"),
            (.userToUser, "00"), (.authorization, "Digest secret"), (.subject, "hello"),
        ])
        #expect(
            HeaderAllowList.standard.filter(headers).map(\.name.text) == ["X-Customer", "Identity", "User-to-User"])
        let own = HeaderAllowList([try .init("subject"), try .init("Auth*")])
        #expect(own.filter(headers).map(\.name.text) == ["Subject"])
        #expect(throws: TrunkError.badHeaderName) { try HeaderAllowList.Pattern("Authorization") }
        #expect(throws: TrunkError.badHeaderName) { try HeaderAllowList.Pattern("*") }
    }

    @Test func fieldsForTheBotAreBounded() throws {
        var headers = Headers()
        for number in 0..<100 { headers.add(try HeaderName("X-\(number)"), UInt32(number)) }
        #expect(HeaderAllowList.standard.filter(headers).count == HeaderAllowList.fieldsMax)
    }

    @Test(arguments: [
        ([(HeaderName.pAssertedIdentity, "\"A\" <sip:+911@x.example>, <tel:+912>")], "+911"),
        ([(.pAssertedIdentity, "<tel:+912;phone-context=x>")], "+912"),
        ([(.remotePartyID, "<sip:+913@x.example>;party=called"), (.remotePartyID, "<sip:+914@x.example>")], "+914"),
        ([(.pAssertedIdentity, "nonsense"), (.remotePartyID, "<sip:+914@x.example>")], "+914"),
        ([(.from, "<sip:+915@x.example>")], nil),
    ])
    func assertedCallerIsRead(lines: [(HeaderName, String)], user: String?) throws {
        #expect(try Self.headers(lines).assertedUser == user)
    }

    @Test func privacyIsRead() throws {
        #expect(
            try Self.headers([(.privacy, "ID; critical"), (.privacy, "user")]).privacy == ["id", "critical", "user"])
    }

    @Test func realmsAreTheCarriersNames() throws {
        let trunk = try Samples.exotel(.flow)
        #expect(trunk.realmsByDefault == ["acct1.pstn.exotel.com", "pstn.in2.exotel.com", "pstn.in1.exotel.com"])
    }
}
