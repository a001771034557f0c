import Addressing
import CallControl
import SDP
import Testing

/// One call's side of offer and answer: keys only where media is protected, and the same ones in every re-INVITE.
@Suite struct AudioNegotiationTests {
    private static func side(encrypts: Bool, port: UInt16 = 20_000) -> AudioNegotiation {
        var generator = SystemRandomNumberGenerator()
        return AudioNegotiation(
            address: .loopback, port: port, codecs: [.pcma, .pcmu], encrypts: encrypts, using: &generator)
    }

    private static func text(_ description: [UInt8]) -> String { String(decoding: description, as: UTF8.self) }

    @Test(arguments: [true, false]) func twoSidesAgree(encrypts: Bool) throws {
        var caller = Self.side(encrypts: encrypts)
        var callee = Self.side(encrypts: encrypts, port: 21_000)
        #expect(Self.text(caller.offer).contains(encrypts ? "RTP/SAVP 8 0 101" : "RTP/AVP 8 0 101"))
        try caller.accept(answer: try callee.answer(caller.offer))
        let ours = try #require(caller.negotiated)
        let theirs = try #require(callee.negotiated)
        #expect(ours.codec == .pcma && theirs.codec == .pcma)
        #expect(ours.remoteRTP == TransportAddress(.loopback, port: 21_000))
        #expect(theirs.remoteRTP == TransportAddress(.loopback, port: 20_000))
        #expect((ours.security != nil) == encrypts)
        #expect(ours.security?.sendKey == theirs.security?.receiveKey)
        #expect(ours.security?.receiveKey == theirs.security?.sendKey)
    }

    /// A re-INVITE that changes nothing keeps keys and version: the rollover counters go on (RFC 3711 section 3.3.1).
    @Test func aRefreshChangesNothing() throws {
        let caller = Self.side(encrypts: true)
        var callee = Self.side(encrypts: true)
        let first = try callee.answer(caller.offer)
        #expect(try callee.answer(caller.offer) == first)
        let held = Self.text(caller.offer).replacing("a=sendrecv", with: "a=sendonly")
        let answer = Self.text(try callee.answer(Array(held.utf8)))
        #expect(answer.contains("a=recvonly"))
        #expect(answer.split(separator: "\r\n").first { $0.hasPrefix("o=") }?.contains(" 2 IN IP4") == true)
        let keys = { (text: String) in text.split(separator: "\r\n").filter { $0.hasPrefix("a=crypto") } }
        #expect(keys(answer) == keys(Self.text(first)))
    }

    @Test func noTwoCallsShareAKey() throws {
        let offers = (0..<20).flatMap { _ in
            Self.text(Self.side(encrypts: true).offer).split(separator: "\r\n").filter { $0.hasPrefix("a=crypto") }
                .map { $0.split(separator: ":").last ?? "" }
        }
        #expect(offers.count == 40 && Set(offers).count == 40)
    }

    /// Plain RTP where SRTP is required, and the other way round, is never met half-way.
    @Test func protectionIsNotNegotiable() {
        var plain = Self.side(encrypts: false)
        var secure = Self.side(encrypts: true)
        #expect(throws: SDPRefusal.securityRequired) { try secure.answer(plain.offer) }
        #expect(throws: SDPRefusal.securityUnavailable) { try plain.answer(secure.offer) }
    }
}
