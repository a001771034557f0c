import Addressing
import SIPSyntax
import Testing
import Trunks

/// What an INVITE says, by the guide of Exotel and for other carriers.
@Suite struct OutgoingCallPlanTests {
    /// Flow mode: the Exophone is called, the customer shown, the account named.
    @Test func flowMode() throws {
        let trunk = try Samples.exotel(.flow)
        let plan = try trunk.plan(try trunk.order(to: nil), pointOfPresence: 0)
        #expect("\(plan.requestURI)" == "sip:+918000000001@pstn.in2.exotel.com")
        #expect(
            plan.from.headerValue.text == "\"+919000000002\" <sip:+919000000002@acct1.pstn.exotel.com>")
        #expect(plan.to.headerValue.text == "<sip:+918000000001@pstn.in2.exotel.com>")
        #expect(plan.headers.map { "\($0.name): \($0.value)" } == ["X-Exotel-AccountSid: acct1"])
        #expect(plan.destination == Destination(transport: .tls, host: try Host("pstn.in2.exotel.com"), port: 443))
        #expect(trunk.usesSRTP)
    }

    /// Pstn mode: the roles are swapped, and the account's header is not needed.
    @Test func pstnMode() throws {
        var trunk = try Samples.exotel(.pstn, transport: .tcp)
        trunk.allowedPrefixes = [try NumberPrefix("+91")]
        let plan = try trunk.plan(try trunk.order(to: "9000000002"), pointOfPresence: 1)
        #expect("\(plan.requestURI)" == "sip:+919000000002@pstn.in1.exotel.com")
        #expect(
            plan.from.headerValue.text == "\"+918000000001\" <sip:+918000000001@acct1.pstn.exotel.com>")
        #expect(plan.headers.isEmpty)
        #expect(plan.destination == Destination(transport: .tcp, host: try Host("pstn.in1.exotel.com"), port: 5_070))
        #expect(!trunk.usesSRTP, "keys would be readable over TCP")
    }

    /// A fail-over changes the address and nothing else.
    @Test func nextPointOfPresence() throws {
        let trunk = try Samples.exotel(.flow)
        let order = try trunk.order(to: nil)
        let plans = try trunk.pointsOfPresence.indices.map { try trunk.plan(order, pointOfPresence: $0) }
        #expect(plans.map(\.from) == [plans[0].from, plans[0].from])
        #expect(plans.map(\.headers) == [plans[0].headers, plans[0].headers])
        #expect(
            plans.map(\.destination.host) == (try ["pstn.in2.exotel.com", "pstn.in1.exotel.com"].map { try Host($0) }))
        #expect(plans.map(\.requestURI.user) == [Samples.exophone, Samples.exophone])
    }

    @Test func headersOfTrunkAndCall() throws {
        var trunk = try Samples.exotel(.flow)
        trunk.headers = [
            try CustomHeader(name: "X-Campaign", value: "spring"), try CustomHeader(name: "X-Shop", value: "1"),
        ]
        let order = try trunk.order(to: nil, headers: [("x-campaign", "autumn"), ("X-UUI", "42")])
        let headers = try trunk.plan(order, pointOfPresence: 0).headers.map { "\($0.name): \($0.value)" }
        #expect(headers == ["X-Exotel-AccountSid: acct1", "X-Shop: 1", "x-campaign: autumn", "X-UUI: 42"])
        #expect(throws: TrunkError.headerOfTrunk(name: "X-Exotel-AccountSid")) {
            try trunk.order(to: nil, headers: [("x-exotel-accountsid", "other")])
        }
        #expect(throws: TrunkError.carrierHeader(name: "X-Exotel-CallSid")) {
            try trunk.order(to: nil, headers: [("x-exotel-callsid", "1")])
        }
        let many = (0...CustomHeader.countMax).map { (name: "X-\($0)", value: "v") }
        #expect(throws: TrunkError.tooManyHeaders) { try trunk.order(to: nil, headers: many) }
        #expect(throws: Never.self) { try trunk.order(to: nil, headers: Array(many.dropLast())) }
    }

    /// The allow-list decides; flow mode may always call the trunk's own number.
    @Test func destinations() throws {
        let flow = try Samples.exotel(.flow)
        #expect(throws: TrunkError.destinationNotAllowed) { try flow.order(to: "+918000000009") }
        var pstn = try Samples.exotel(.pstn)
        #expect(throws: TrunkError.destinationNotAllowed) { try pstn.order(to: Samples.customer) }
        #expect(throws: TrunkError.destinationNotAllowed) { try pstn.order(to: Samples.exophone) }
        pstn.allowedPrefixes = [try NumberPrefix("+9190")]
        #expect(try pstn.order(to: Samples.customer).to.text == Samples.customer)
        #expect(throws: TrunkError.destinationNotAllowed) { try pstn.order(to: "+19005550123") }
        #expect(throws: TrunkError.badNumber) { try pstn.order(to: nil) }
    }

    @Test func callerIDs() throws {
        var flow = try Samples.exotel(.flow)
        #expect(
            try flow.plan(try flow.order(to: nil, from: "9000000007"), pointOfPresence: 0).from.uri.sip?.user
                == "+919000000007")
        flow.callerID = nil
        #expect(throws: TrunkError.callerIDMissing) { try flow.order(to: nil) }
        var pstn = try Samples.exotel(.pstn)
        pstn.allowedPrefixes = [try NumberPrefix("+91")]
        #expect(throws: TrunkError.callerIDNotOfTrunk) { try pstn.order(to: Samples.customer, from: "+918000000003") }
        pstn.callerIDs = [try PhoneNumber("+918000000003")]
        let order = try pstn.order(to: Samples.customer, from: "+918000000003")
        #expect(try pstn.plan(order, pointOfPresence: 0).from.uri.sip?.user == "+918000000003")
    }

    @Test func plainTrunk() throws {
        var trunk = try Samples.plain()
        try trunk.uriParameters.set("user", "phone")
        let plan = try trunk.plan(try trunk.order(to: "+4989000000"), pointOfPresence: 0)
        #expect("\(plan.requestURI)" == "sip:+4989000000@192.0.2.10;user=phone")
        #expect(plan.from.headerValue.text == "\"+4930123456\" <sip:+4930123456@192.0.2.10>")
    }

    @Test func regionsAreThoseOfTheGuide() throws {
        let trunk = try Samples.exotel(.flow, regions: ExotelTrunk.Region.allCases)
        #expect(
            trunk.pointsOfPresence.map { "\($0.name) \($0.host):\($0.port) \($0.mediaAddresses)" } == [
                "Karnataka pstn.in1.exotel.com:443 [14.194.10.247, 61.246.82.75]",
                "Mumbai pstn.in2.exotel.com:443 [182.76.143.61, 122.15.8.184]",
                "Mumbai cloud pstn.in4.exotel.com:443 []",
                "Singapore pstn.sgp1.exotel.com:443 [18.142.150.245, 122.248.223.73]",
            ])
        #expect(trunk.pace.limit == 200 && trunk.pace.window == .seconds(60))
    }

    @Test(arguments: ["", "a b", "acct.1", "acct\r\n", "acct@x", "-acct", String(repeating: "a", count: 64)])
    func badAccounts(_ account: String) throws {
        let number = try PhoneNumber(Samples.exophone)
        #expect(throws: TrunkError.badName) {
            try ExotelTrunk(accountSID: account, exophone: number, regions: [.mumbai])
        }
    }

    @Test func pointsOfPresenceAreBounded() throws {
        let point = PointOfPresence(host: try Host("192.0.2.1"), port: 5_060)
        for count in [0, Trunk.pointsOfPresenceMax + 1] {
            #expect(throws: TrunkError.badPointsOfPresence) {
                try Trunk(
                    name: try TrunkName("a"), pointsOfPresence: Array(repeating: point, count: count), transport: .udp,
                    numberMode: .pstn)
            }
        }
        #expect(throws: TrunkError.badPointsOfPresence) { try Samples.exotel(.flow, regions: []) }
    }

    @Test(arguments: ["", "a b", ".a", "-a", "a/b", "é", String(repeating: "a", count: 33)]) func badNames(
        _ name: String
    ) {
        #expect(throws: TrunkError.badName) { try TrunkName(name) }
    }
}
