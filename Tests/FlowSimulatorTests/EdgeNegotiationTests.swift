import Addressing
import FlowSimulator
import Foundation
import SDP
import SIPSyntax
import Testing

/// Offer and answer at the edge: SRTP exactly under TLS, PCMA preferred, and 488 with a Warning for the rest.
@Suite struct EdgeNegotiationTests {
    private static let key = Data((0..<30).map { UInt8($0) }).base64EncodedString()
    private static let crypto80 = "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:\(key)"
    private static let crypto32 = "a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:\(key)"

    private static func offer(
        _ media: String = "m=audio 30000 RTP/SAVP 8 0 101", lines: [String] = [crypto80],
        connection: String = "c=IN IP4 192.0.2.9"
    ) -> [UInt8] {
        let all =
            ["v=0", "o=- 1 1 IN IP4 192.0.2.9", "s=-", connection, "t=0 0", media, "a=rtpmap:101 telephone-event/8000"]
            + lines
        return Array(all.map { $0 + "\r\n" }.joined().utf8)
    }

    private static func negotiation(isSecure: Bool = true, suites: [CryptoSuite] = CryptoSuite.allCases)
        -> EdgeNegotiation
    {
        EdgeNegotiation(address: .loopback, isSecure: isSecure, suites: suites)
    }

    private func answer(
        _ offer: [UInt8], _ negotiation: EdgeNegotiation = Self.negotiation()
    ) throws -> (text: String, settings: MediaSettings) {
        var random = SystemRandomNumberGenerator()
        let (description, settings) = try negotiation.answer(offer, port: 28_000, random: &random)
        return (String(decoding: description.encoded(), as: UTF8.self), settings)
    }

    @Test func answersASecureOffer() throws {
        let (text, settings) = try self.answer(Self.offer())
        #expect(text.contains("m=audio 28000 RTP/SAVP 8 101\r\n"))
        #expect(text.contains("a=rtpmap:101 telephone-event/8000\r\n"))
        #expect(text.contains("a=rtcp:28001\r\n"))
        #expect(text.contains("a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:"))
        #expect(settings.codec == .pcma)
        #expect(settings.remote == TransportAddress(.v4(0xC000_0209), port: 30_000))
        #expect(settings.eventPayloadTypeToSend == 101)
        #expect(settings.keys?.receive == (0..<30).map { UInt8($0) })
        #expect(settings.keys?.send.count == 30)
        #expect(settings.keys?.send != settings.keys?.receive)
        let parsed = try SessionDescription(parsing: Array(text.utf8))
        #expect(parsed.media.count == 1)
    }

    /// The first suite of the offer that the edge takes.
    @Test(arguments: [
        (CryptoSuite.allCases, "AES_CM_128_HMAC_SHA1_32"), ([.aesCM128HMACSHA1_80], "AES_CM_128_HMAC_SHA1_80"),
    ])
    func takesTheFirstSuiteThatItKnows(suites: [CryptoSuite], wanted: String) throws {
        let offer = Self.offer(lines: [Self.crypto32, Self.crypto80])
        #expect(try self.answer(offer, Self.negotiation(suites: suites)).settings.keys?.suite.rawValue == wanted)
    }

    @Test func prefersPCMAAndTakesPCMU() throws {
        let plain = Self.negotiation(isSecure: false)
        let both = Self.offer("m=audio 30000 RTP/AVP 0 8 101", lines: [])
        #expect(try self.answer(both, plain).settings.codec == .pcma)
        let one = Self.offer("m=audio 30000 RTP/AVP 18 0", lines: [])
        let (text, settings) = try self.answer(one, plain)
        #expect(settings.codec == .pcmu)
        #expect(settings.eventPayloadTypeToSend == nil)
        #expect(text.contains("m=audio 28000 RTP/AVP 0\r\n"))
        #expect(!text.contains("crypto"))
    }

    @Test func otherStreamsAreRefusedInTheirPlaces() throws {
        let offer = Self.offer(
            "m=video 40000 RTP/AVP 96\r\nm=audio 30000 RTP/AVP 8", lines: ["m=image 5000 udptl t38"])
        let text = try self.answer(offer, Self.negotiation(isSecure: false)).text
        let media = text.split(separator: "\r\n").filter { $0.hasPrefix("m=") }
        #expect(media == ["m=video 0 RTP/AVP 96", "m=audio 28000 RTP/AVP 8", "m=image 0 udptl t38"])
    }

    @Test(arguments: [
        ("a=sendonly", "a=recvonly", false), ("a=recvonly", "a=sendonly", true), ("a=inactive", "a=inactive", false),
        ("a=sendrecv", "a=sendrecv", true),
    ])
    func directions(offered: String, answered: String, sends: Bool) throws {
        let (text, settings) = try self.answer(Self.offer(lines: [Self.crypto80, offered]))
        #expect(text.contains(answered + "\r\n"))
        #expect(settings.sends == sends)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var offer: [UInt8]
        var isSecure = true
        var status = StatusCode.notAcceptableHere
        var warning: UInt16

        var testDescription: String { self.name }
    }

    @Test(arguments: [
        Fault(name: "plain RTP under TLS", offer: offer("m=audio 30000 RTP/AVP 8"), warning: 302),
        Fault(name: "SRTP without TLS", offer: offer(), isSecure: false, warning: 302),
        Fault(name: "another profile", offer: offer("m=audio 30000 UDP/TLS/RTP/SAVPF 8"), warning: 302),
        Fault(name: "no crypto", offer: offer(lines: []), warning: 305),
        Fault(
            name: "a suite that nobody speaks",
            offer: offer(lines: ["a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:\(key)"]), warning: 305),
        Fault(
            name: "a short key", offer: offer(lines: ["a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"]), warning: 305),
        Fault(name: "no codec", offer: offer("m=audio 30000 RTP/SAVP 18"), warning: 305),
        Fault(name: "no audio", offer: offer("m=video 30000 RTP/SAVP 96"), warning: 304),
        Fault(name: "port 0", offer: offer("m=audio 0 RTP/SAVP 8"), warning: 304),
        Fault(name: "multicast", offer: offer(connection: "c=IN IP4 224.0.0.1"), warning: 300),
        Fault(name: "no SDP", offer: Array("hello".utf8), status: .badRequest, warning: 399),
    ])
    func faultsAreRefused(fault: Fault) {
        var random = SystemRandomNumberGenerator()
        let refusal = #expect(throws: MediaRefusal.self) {
            try Self.negotiation(isSecure: fault.isSecure).answer(fault.offer, port: 28_000, random: &random)
        }
        #expect(refusal?.status == fault.status)
        #expect(refusal?.warning == fault.warning)
        #expect(refusal?.sentence.isEmpty == false)
    }

    /// Hold, resume and move are taken; new keys and codecs are not.
    @Test func laterOffersMayMoveAndHold() throws {
        var random = SystemRandomNumberGenerator()
        let negotiation = Self.negotiation()
        let (description, settings) = try negotiation.answer(Self.offer(), port: 28_000, random: &random)
        let held = Self.offer(
            "m=audio 30002 RTP/SAVP 8", lines: [Self.crypto80, "a=sendonly"], connection: "c=IN IP4 192.0.2.10")
        let (answer, moved) = try negotiation.answerAgain(held, to: description, settings)
        #expect(moved.remote == TransportAddress(.v4(0xC000_020A), port: 30_002))
        #expect(!moved.sends)
        #expect(answer.version == description.version + 1)
        #expect(answer.crypto?.key == description.crypto?.key)
        #expect(String(decoding: answer.encoded(), as: UTF8.self).contains("a=recvonly\r\n"))
        #expect(throws: MediaRefusal.self) {
            try negotiation.answerAgain(Self.offer(lines: [Self.crypto32]), to: description, settings)
        }
        #expect(throws: MediaRefusal.self) {
            try negotiation.answerAgain(Self.offer("m=audio 30000 RTP/SAVP 0"), to: description, settings)
        }
    }

    /// The edge's own offer, answered by another edge: both sides hold the same keys crosswise.
    @Test(arguments: [true, false])
    func offersAndAccepts(isSecure: Bool) throws {
        var random = SystemRandomNumberGenerator()
        let negotiation = Self.negotiation(isSecure: isSecure)
        let offer = negotiation.offer(port: 28_000, random: &random)
        let (answer, theirs) = try negotiation.answer(offer.encoded(), port: 29_000, random: &random)
        let ours = try negotiation.accept(answer.encoded(), to: offer)
        #expect(ours.remote.port == 29_000)
        #expect(theirs.remote.port == 28_000)
        #expect(ours.keys?.send == theirs.keys?.receive)
        #expect(ours.keys?.receive == theirs.keys?.send)
        #expect((ours.keys != nil) == isSecure)
        #expect(ours.eventPayloadTypeToReceive == 96)
    }

    @Test func anAnswerWithAnotherTagIsRefused() throws {
        var random = SystemRandomNumberGenerator()
        let offer = Self.negotiation().offer(port: 28_000, random: &random)
        #expect(throws: MediaRefusal.self) { try Self.negotiation().accept(Self.offer(), to: offer) }
    }
}
