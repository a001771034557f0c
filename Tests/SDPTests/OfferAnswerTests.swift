import Addressing
import SDP
import Testing

/// Offer and answer for one audio stream (RFC 3264), plain and with SDES keys (RFC 4568).
struct OfferAnswerTests {
    private static let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

    private func offer(_ media: String, session: String = SessionVector.session) throws -> SessionDescription {
        try SessionDescription(session + media)
    }

    @Test func offerInTheClear() throws {
        #expect(
            OfferAnswer.offer(try Local.plain()).text == """
                v=0\r
                o=- 7 1 IN IP4 198.51.100.7\r
                s=-\r
                c=IN IP4 198.51.100.7\r
                t=0 0\r
                m=audio 20000 RTP/AVP 8 0 101\r
                a=rtpmap:8 PCMA/8000\r
                a=rtpmap:0 PCMU/8000\r
                a=rtpmap:101 telephone-event/8000\r
                a=fmtp:101 0-15\r
                a=ptime:20\r
                a=sendrecv\r

                """)
    }

    @Test func offerWithKeys() throws {
        let offer = OfferAnswer.offer(try Local.secure())
        let media = try #require(offer.media.first)
        #expect(media.transport == .rtpSAVP)
        let lines = try media.values(of: "crypto").map { try CryptoAttribute(parsing: $0) }
        #expect(lines.map(\.tag) == [1, 2])
        #expect(lines.map(\.suite) == [.aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32])
        #expect(lines.map(\.key) == [Local.keys, Local.otherKeys])
    }

    @Test func offerOverIPv6() throws {
        let text = OfferAnswer.offer(try Local.plain(address: "2001:db8::7")).text
        #expect(text.contains("o=- 7 1 IN IP6 2001:db8::7\r\n"))
        #expect(text.contains("c=IN IP6 2001:db8::7\r\n"))
    }

    @Test(arguments: MediaDirection.allCases)
    func offerSaysItsDirection(_ direction: MediaDirection) throws {
        let offer = OfferAnswer.offer(try Local.plain(direction: direction))
        #expect(offer.media.first?.direction == direction)
    }

    /// Exotel offers telephone-event as 96: the answer keeps the number, though our own offers say 101.
    @Test func answersExotelsOffer() throws {
        let offer = try self.offer(
            """
            m=audio 37456 RTP/SAVP 8 0 96\r
            a=rtpmap:8 PCMA/8000\r
            a=rtpmap:0 PCMU/8000\r
            a=rtpmap:96 telephone-event/8000\r
            a=fmtp:96 0-15\r
            a=rtcp:37457\r
            a=ptime:20\r
            a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)\r

            """)
        let (answer, negotiated) = try OfferAnswer.answer(offer, Local.secure())
        #expect(
            answer.text == """
                v=0\r
                o=- 7 1 IN IP4 198.51.100.7\r
                s=-\r
                c=IN IP4 198.51.100.7\r
                t=0 0\r
                m=audio 20000 RTP/SAVP 8 96\r
                a=rtpmap:8 PCMA/8000\r
                a=rtpmap:96 telephone-event/8000\r
                a=fmtp:96 0-15\r
                a=ptime:20\r
                a=sendrecv\r
                a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\r

                """)
        #expect(negotiated.telephoneEventSend == 96)
        #expect(negotiated.telephoneEventReceive == 96)
        #expect(negotiated.remoteRTP.port == 37_456)
        #expect(negotiated.remoteRTCP.port == 37_457)
        #expect(negotiated.security?.sendKey == Local.keys)
        #expect(
            negotiated.security?.receiveKey
                == (try CryptoAttribute(parsing: "1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)").key))
    }

    /// We offered 101, the peer answers 96: each side writes the other's number.
    @Test func acceptsAsymmetricPayloadTypes() throws {
        let answer = try self.offer(
            "m=audio 40000 RTP/AVP 97 96\r\na=rtpmap:97 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n")
        let negotiated = try OfferAnswer.accept(answer: answer, offered: Local.plain())
        #expect(negotiated.codec == .pcma)
        #expect(negotiated.sendPayloadType == 97)
        #expect(negotiated.receivePayloadType == 8)
        #expect(negotiated.telephoneEventSend == 96)
        #expect(negotiated.telephoneEventReceive == 101)
    }

    @Test func acceptsAnAnswerWithoutTelephoneEvents() throws {
        let negotiated = try OfferAnswer.accept(
            answer: self.offer("m=audio 40000 RTP/AVP 0\r\n"), offered: Local.plain())
        #expect(negotiated.codec == .pcmu)
        #expect(negotiated.telephoneEventSend == nil)
        #expect(negotiated.telephoneEventReceive == nil)
        #expect(negotiated.remoteRTCP.port == 40_001)
    }

    @Test(arguments: [
        (1, CryptoSuite.aesCM128HMACSHA1_80, Local.keys), (2, .aesCM128HMACSHA1_32, Local.otherKeys),
    ])
    func acceptsOneOfTheOfferedSuites(_ tag: Int, suite: CryptoSuite, key: [UInt8]) throws {
        let answer = try self.offer(
            "m=audio 40000 RTP/SAVP 8\r\na=crypto:\(tag) \(suite.rawValue) inline:\(Self.key)\r\n")
        let keys = try #require(try OfferAnswer.accept(answer: answer, offered: Local.secure()).security)
        #expect(keys.suite == suite)
        #expect(keys.sendKey == key)
        #expect(keys.receiveKey.count == suite.keyLength)
    }

    @Test(arguments: [
        ("m=audio 0 RTP/AVP 8\r\n", SDPRefusal.noAudio),
        ("m=video 40000 RTP/AVP 8\r\n", .noAudio),
        ("m=audio 40000 RTP/SAVP 8\r\n", .transportNotOffered),
        ("m=audio 40000 UDP/TLS/RTP/SAVP 8\r\n", .transportNotOffered),
        ("m=audio 40000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n", .codecNotOffered),
        ("", .mediaCountDiffers),
    ])
    func refusesAnswers(_ media: String, refusal: SDPRefusal) throws {
        let answer = try self.offer(media)
        #expect(throws: refusal) { _ = try OfferAnswer.accept(answer: answer, offered: Local.plain()) }
    }

    @Test(arguments: [
        ("m=audio 40000 RTP/SAVP 8\r\n", SDPRefusal.noUsableCrypto(nil)),
        ("m=audio 40000 RTP/SAVP 8\r\na=crypto:1 X inline:y\r\n", .noUsableCrypto(.unsupportedSuite)),
        (
            "m=audio 40000 RTP/SAVP 8\r\n"
                + String(repeating: "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)\r\n", count: 2),
            .noUsableCrypto(.severalKeys)
        ),
    ])
    func refusesAnswersWithoutAKey(_ media: String, refusal: SDPRefusal) throws {
        let answer = try self.offer(media)
        #expect(throws: refusal) { _ = try OfferAnswer.accept(answer: answer, offered: Local.secure()) }
    }

    @Test func theFirstUsableCryptoLineIsTaken() throws {
        let offer = try self.offer(
            """
            m=audio 30000 RTP/SAVP 8\r
            a=crypto:4 AEAD_AES_256_GCM inline:\(Self.key)\r
            a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:\(Self.key)\r
            a=crypto:6 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)\r

            """)
        let (answer, negotiated) = try OfferAnswer.answer(offer, Local.secure())
        let own = try CryptoAttribute(parsing: try #require(answer.media.first?.values(of: "crypto").first))
        #expect(own.tag == 5)
        #expect(own.suite == .aesCM128HMACSHA1_32)
        #expect(own.key == Local.otherKeys)
        #expect(negotiated.security?.suite == .aesCM128HMACSHA1_32)
    }

    @Test func ourPreferenceChoosesTheCodec() throws {
        let offer = try self.offer("m=audio 30000 RTP/AVP 0 8\r\n")
        #expect(try OfferAnswer.answer(offer, Local.plain()).negotiated.codec == .pcma)
        let other = try Local.plain(codecs: [.pcmu, .pcma])
        #expect(try OfferAnswer.answer(offer, other).negotiated.codec == .pcmu)
        let only = try Local.plain(codecs: [.pcmu])
        #expect(throws: SDPRefusal.noCommonCodec) {
            _ = try OfferAnswer.answer(self.offer("m=audio 30000 RTP/AVP 8\r\n"), only)
        }
    }

    /// What the peer does, turned round, within what this side wants (RFC 3264 section 6.1).
    @Test(arguments: [
        (MediaDirection.sendrecv, MediaDirection.sendrecv, MediaDirection.sendrecv),
        (.sendonly, .sendrecv, .recvonly), (.recvonly, .sendrecv, .sendonly), (.inactive, .sendrecv, .inactive),
        (.sendrecv, .sendonly, .sendonly), (.sendonly, .sendonly, .inactive), (.recvonly, .recvonly, .inactive),
        (.sendrecv, .inactive, .inactive),
    ])
    func directions(_ theirs: MediaDirection, ours: MediaDirection, result: MediaDirection) throws {
        let local = try Local.plain(direction: ours)
        let atMedia = try self.offer("m=audio 30000 RTP/AVP 8\r\na=\(theirs.rawValue)\r\n")
        #expect(try OfferAnswer.answer(atMedia, local).negotiated.direction == result)
        #expect(try OfferAnswer.accept(answer: atMedia, offered: local).direction == result)
        let atSession = try self.offer("a=\(theirs.rawValue)\r\nm=audio 30000 RTP/AVP 8\r\n")
        let (answer, negotiated) = try OfferAnswer.answer(atSession, local)
        #expect(negotiated.direction == result)
        #expect(answer.media.first?.direction == result)
    }

    @Test func holdByAddressNeverSends() throws {
        let session = SessionVector.session.replacing("c=IN IP4 192.0.2.1", with: "c=IN IP4 0.0.0.0")
        let offer = try self.offer("m=audio 30000 RTP/AVP 8\r\na=sendonly\r\n", session: session)
        #expect(try OfferAnswer.answer(offer, Local.plain()).negotiated.direction == .recvonly)
        let both = try self.offer("m=audio 30000 RTP/AVP 8\r\na=recvonly\r\n", session: session)
        #expect(try OfferAnswer.answer(both, Local.plain()).negotiated.direction == .inactive)
    }

    /// RFC 3605 and RFC 5761: where RTCP goes.
    @Test(arguments: [
        ("", false, "192.0.2.1", UInt16(30_001)),
        ("a=rtcp:31000\r\n", false, "192.0.2.1", 31_000),
        ("a=rtcp:31000 IN IP4 192.0.2.77\r\n", false, "192.0.2.77", 31_000),
        ("a=rtcp:31000 IN IP4 host.example\r\n", false, "192.0.2.1", 31_000),
        ("a=rtcp:0\r\n", false, "192.0.2.1", 30_001),
        ("a=rtcp:65536\r\n", false, "192.0.2.1", 30_001),
        ("a=rtcp:x\r\n", false, "192.0.2.1", 30_001),
        ("a=rtcp-mux\r\n", false, "192.0.2.1", 30_001),
        ("a=rtcp-mux\r\n", true, "192.0.2.1", 30_000),
        ("", true, "192.0.2.1", 30_001),
    ])
    func remoteRTCP(_ line: String, mux: Bool, address: String, port: UInt16) throws {
        let local = try Local.plain(rtcpMux: mux)
        let (answer, negotiated) = try OfferAnswer.answer(self.offer("m=audio 30000 RTP/AVP 8\r\n" + line), local)
        #expect(negotiated.remoteRTCP == TransportAddress(try #require(IPAddress(address)), port: port))
        #expect(negotiated.rtcpMux == (negotiated.remoteRTCP == negotiated.remoteRTP))
        #expect(answer.media.first?.has("rtcp-mux") == negotiated.rtcpMux)
    }

    @Test(arguments: [
        ("m=audio 65535 RTP/AVP 8\r\n", SDPRefusal.unusablePort),
        ("m=audio 30000 RTP/AVP 8\r\na=rtcp:1 IN IP4 224.0.0.1\r\n", .multicastAddress),
        ("m=audio 30000 RTP/AVP 8\r\na=rtcp:1 IN IP4 127.0.0.1\r\n", .loopbackAddress),
        ("m=audio 30000 RTP/AVP 8\r\nc=IN IP4 239.1.1.1\r\n", .multicastAddress),
        ("m=audio 30000 RTP/AVP 8\r\nc=IN IP6 ff02::1\r\n", .multicastAddress),
        ("m=audio 30000 RTP/AVP 8\r\nc=IN IP6 ::ffff:255.255.255.255\r\n", .multicastAddress),
    ])
    func mediaIsNotSentAnywhere(_ media: String, refusal: SDPRefusal) throws {
        let offer = try self.offer(media)
        #expect(throws: refusal) { _ = try OfferAnswer.answer(offer, Local.plain()) }
    }

    /// A gateway on loopback, as in the demonstration, talks to peers on loopback.
    @Test func loopbackTalksToLoopback() throws {
        let session = SessionVector.session.replacing("192.0.2.1", with: "127.0.0.1")
        let offer = try self.offer("m=audio 30000 RTP/AVP 8\r\n", session: session)
        #expect(throws: Never.self) { _ = try OfferAnswer.answer(offer, Local.plain(address: "127.0.0.1")) }
    }

    @Test func talksIPv6ToIPv6() throws {
        let session = SessionVector.session.replacing("IN IP4 192.0.2.1", with: "IN IP6 2001:db8::1")
        let offer = try self.offer("m=audio 30000 RTP/AVP 8\r\n", session: session)
        let negotiated = try OfferAnswer.answer(offer, Local.plain(address: "2001:db8::7")).negotiated
        #expect(negotiated.remoteRTP.address == IPAddress("2001:db8::1"))
    }

    /// RFC 3264 section 6: as many `m=` lines as the offer, in its order, the refused ones with port 0.
    @Test func otherStreamsAreRefusedInTheirPlaces() throws {
        let offer = try self.offer(
            """
            m=video 30002 RTP/AVP 96\r
            a=rtpmap:96 H264/90000\r
            m=audio 30004 RTP/AVP 18\r
            m=audio 30000 RTP/AVP 8\r
            m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
            m=audio 30006 RTP/AVP 0\r

            """)
        let (answer, negotiated) = try OfferAnswer.answer(offer, Local.plain())
        #expect(answer.media.map(\.port) == [0, 0, 20_000, 0, 0])
        #expect(answer.media.map(\.formats) == offer.media.map(\.formats))
        #expect(answer.media.map(\.attributes.count) == [0, 0, 3, 0, 0])
        #expect(answer.text.contains("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"))
        #expect(negotiated.remoteRTP.port == 30_000)
    }

    @Test func theFirstStreamsRefusalIsTold() throws {
        let offer = try self.offer("m=audio 30000 RTP/AVP 18\r\nm=audio 30002 RTP/SAVP 8\r\n")
        #expect(throws: SDPRefusal.noCommonCodec) { _ = try OfferAnswer.answer(offer, Local.plain()) }
    }

    @Test func answerRepeatsTheOffersTiming() throws {
        let session = SessionVector.session.replacing("t=0 0", with: "t=2873397496 2873404696")
        let offer = try self.offer("m=audio 30000 RTP/AVP 8\r\n", session: session)
        #expect(try OfferAnswer.answer(offer, Local.plain()).answer.text.contains("t=2873397496 2873404696\r\n"))
    }

    /// What one side offers and the other answers, both sides read alike.
    @Test func bothSidesAgree() throws {
        let caller = try Local.secure()
        var callee = try Local.secure()
        callee.address = try #require(IPAddress("203.0.113.9"))
        callee.port = 22_222
        callee.security = .sdesRequired([
            try #require(CryptoAttribute(tag: 1, suite: .aesCM128HMACSHA1_32, key: Local.keys.reversed()))
        ])
        let offer = try SessionDescription(parsing: OfferAnswer.offer(caller).encoded())
        let (answer, atCallee) = try OfferAnswer.answer(offer, callee)
        let atCaller = try OfferAnswer.accept(
            answer: SessionDescription(parsing: answer.encoded()), offered: caller)
        #expect(atCaller.security?.sendKey == atCallee.security?.receiveKey)
        #expect(atCaller.security?.receiveKey == atCallee.security?.sendKey)
        #expect(atCaller.security?.suite == .aesCM128HMACSHA1_32)
        #expect(atCaller.remoteRTP.port == 22_222)
        #expect(atCallee.remoteRTP.port == 20_000)
        #expect(atCaller.codec == atCallee.codec)
    }
}
