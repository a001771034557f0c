import Addressing
import SIPSyntax
import Telemetry
import Testing
import Timekeeping

@Suite struct SIPLadderTests {
    private static let peer = "tls 127.0.0.1:443"

    private static func request(_ method: Method, body: [UInt8] = []) throws -> SIPMessage {
        var headers = Headers()
        headers.add(.callID, try CallID("a@b"))
        if !body.isEmpty { headers.add(.contentType, try HeaderValue("application/sdp")) }
        return .request(Request(method: method, uri: .sip(SIPURI(host: .ip(.loopback))), headers: headers, body: body))
    }

    private static func response(_ status: StatusCode) -> SIPMessage {
        .response(Response(status: status))
    }

    private static func at(_ milliseconds: Int) -> Instant {
        .origin + .milliseconds(milliseconds)
    }

    @Test func aCallIsDrawnWithItsTimes() throws {
        var ladder = SIPLadder()
        ladder.append(try Self.request(.invite, body: [1]), .sent, peer: Self.peer, at: Self.at(5))
        ladder.append(Self.response(.ringing), .received, peer: Self.peer, at: Self.at(17))
        ladder.append(try Self.request(.bye), .notSent, peer: Self.peer, at: Self.at(12_345))
        let lines = ladder.drawn().split(separator: "\n")
        try #require(lines.count == 4)
        #expect(lines[0].contains("trunkline") && lines[0].hasSuffix(Self.peer))
        #expect(lines[1].hasPrefix("    0.000") && lines[1].contains("INVITE (SDP)") && lines[1].hasSuffix("▶│"))
        #expect(lines[2].hasPrefix("    0.012") && lines[2].contains("│◀") && lines[2].contains("180 Ringing"))
        #expect(lines[3].hasPrefix("   12.340") && lines[3].hasSuffix("✗"))
    }

    /// Sending is told when the kernel took the bytes, which may be after the answer was read.
    @Test func rungsComeInTheOrderOfTime() throws {
        var ladder = SIPLadder()
        ladder.append(Self.response(.trying), .received, peer: Self.peer, at: Self.at(2))
        ladder.append(try Self.request(.invite), .sent, peer: Self.peer, at: Self.at(1))
        #expect(ladder.rungs.map(\.label) == ["INVITE", "100 Trying"])
        #expect(!ladder.drawn().contains("-"))
    }

    @Test func aNewPeerIsNamedWhereItBegins() throws {
        var ladder = SIPLadder()
        ladder.append(try Self.request(.invite), .sent, peer: "tls 192.0.2.1:443", at: Self.at(0))
        ladder.append(try Self.request(.invite), .sent, peer: "tls 192.0.2.2:443", at: Self.at(1))
        #expect(ladder.drawn().split(separator: "\n").count == 4)
    }

    /// A call that is refreshed for days stays a page long.
    @Test func theLadderIsBounded() throws {
        var ladder = SIPLadder()
        for number in 0..<(SIPLadder.rungsMax + 7) {
            ladder.append(try Self.request(.options), .sent, peer: Self.peer, at: Self.at(number))
        }
        #expect(ladder.rungs.count == SIPLadder.rungsMax)
        #expect(ladder.omitted == 7)
        #expect(ladder.drawn().hasSuffix("… and 7 more messages"))
    }

    @Test func anEmptyLadderSaysSo() {
        #expect(SIPLadder().drawn() == "no SIP messages")
    }
}
