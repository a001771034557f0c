import SIPEndpoint
import SIPSyntax
import Testing
import Timekeeping

/// What a lost connection takes with it: the requests that went out on it and have no answer.
@Suite struct UnansweredRequestsTests {
    private static func request(_ method: String, _ number: Int) throws -> Request {
        let text = [
            "\(method) sip:bob@192.0.2.1 SIP/2.0", "Via: SIP/2.0/TCP 198.51.100.2:5060;branch=z9hG4bK\(number)",
            "Max-Forwards: 70", "From: <sip:a@b.example.com>;tag=1", "To: <sip:bob@192.0.2.1>", "Call-ID: c",
            "CSeq: \(number) \(method)", "Content-Length: 0", "", "",
        ].joined(separator: "\r\n")
        guard case .request(let request) = try MessageParser.parse(Array(text.utf8)) else {
            throw SIPSyntaxError.missingHeader(.via)
        }
        return request
    }

    private static func response(_ status: StatusCode, to request: Request) -> Response {
        var headers = Headers()
        for name in [HeaderName.via, .from, .to, .callID, .cSeq] {
            for value in request.headers.all(name) { headers.add(name, value) }
        }
        return Response(status: status, headers: headers)
    }

    private static let one = ConnectionID(number: 1)
    private static let two = ConnectionID(number: 2)

    /// Only what the connection carried goes down with it, and only once.
    @Test func requestsGoDownWithTheirConnection() throws {
        var table = UnansweredRequests(countMax: 10)
        table.note(try Self.request("BYE", 1), on: Self.one, at: .origin)
        table.note(try Self.request("OPTIONS", 2), on: Self.one, at: .origin)
        table.note(try Self.request("INVITE", 3), on: Self.two, at: .origin)
        let lost = table.takeRequests(on: Self.one, at: .origin)
        #expect(Set(lost.map(\.method)) == [.bye, .options])
        #expect(table.takeMethods(on: Self.one, at: .origin) == [])
        #expect(table.count == 1)
    }

    /// Any answer, 100 included, shows that the request arrived; a CANCEL's is not the INVITE's.
    @Test(arguments: [StatusCode.trying, .ringing, .ok, .busyHere])
    func answeredRequestsStay(status: StatusCode) throws {
        var table = UnansweredRequests(countMax: 10)
        let invite = try Self.request("INVITE", 1)
        let cancel = try Self.request("CANCEL", 1)
        table.note(invite, on: Self.one, at: .origin)
        table.note(cancel, on: Self.one, at: .origin)
        table.answered(Self.response(status, to: cancel))
        #expect(table.takeMethods(on: Self.one, at: .origin) == [.invite])
        table.note(invite, on: Self.one, at: .origin)
        table.answered(Self.response(status, to: invite))
        #expect(table.count == 0)
    }

    /// ACK has no answer to wait for.
    @Test func acknowledgementsAreNotNoted() throws {
        var table = UnansweredRequests(countMax: 10)
        table.note(try Self.request("ACK", 1), on: Self.one, at: .origin)
        #expect(table.count == 0)
    }

    /// Sent once more elsewhere, a request is the new connection's.
    @Test func resentRequestMoves() throws {
        var table = UnansweredRequests(countMax: 10)
        let bye = try Self.request("BYE", 1)
        table.note(bye, on: Self.one, at: .origin)
        table.note(bye, on: Self.two, at: .origin + .milliseconds(10))
        #expect(table.takeMethods(on: Self.one, at: .origin + .milliseconds(20)) == [])
        #expect(table.takeMethods(on: Self.two, at: .origin + .milliseconds(20)) == [.bye])
    }

    /// After 64·T1 the transaction is over by itself: its request is neither kept nor told.
    @Test func oldRequestsAreForgotten() throws {
        var table = UnansweredRequests(countMax: 10)
        table.note(try Self.request("BYE", 1), on: Self.one, at: .origin)
        #expect(table.takeMethods(on: Self.one, at: .origin + .milliseconds(32_000)) == [])
        table.note(try Self.request("BYE", 2), on: Self.one, at: .origin)
        table.note(try Self.request("BYE", 3), on: Self.one, at: .origin + .milliseconds(33_000))
        #expect(table.count == 1)
    }

    /// The stated maximum: one more is not noted, and those that are stay.
    @Test func tableIsBounded() throws {
        var table = UnansweredRequests(countMax: 100)
        for number in 1...1_000 { table.note(try Self.request("OPTIONS", number), on: Self.one, at: .origin) }
        #expect(table.count == 100)
        // The same request again takes no more room.
        table.note(try Self.request("OPTIONS", 1), on: Self.two, at: .origin)
        #expect(table.takeMethods(on: Self.two, at: .origin) == [.options])
    }
}

extension UnansweredRequests {
    fileprivate mutating func takeMethods(on connection: ConnectionID, at now: Instant) -> [Method] {
        self.takeRequests(on: connection, at: now).map(\.method)
    }
}
