import Addressing
import SDP
import Testing

/// Reading and writing session descriptions (RFC 8866).
struct SessionDescriptionTests {
    @Test func readsWhatMatters() throws {
        let description = try SessionDescription(SessionVector.session + SessionVector.audio)
        #expect(description.origin?.sessionID == 1)
        #expect(description.origin?.address == IPAddress("192.0.2.1"))
        #expect(description.timing == .permanent)
        #expect(description.connection == IPAddress("192.0.2.1").map { .ip($0) })
        let audio = try #require(description.media.first)
        #expect(audio.kind == .audio)
        #expect(audio.port == 30_000)
        #expect(audio.formats.map(\.text) == ["8", "0", "101"])
        #expect(audio.values(of: "rtpmap").count == 2)
        #expect(audio.values(of: "ptime") == ["20"])
        #expect(!audio.has("rtcp-mux"))
    }

    /// Unknown types, blank lines, missing `o=`, `s=` and `t=`, and an origin that is none.
    @Test(arguments: [
        "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 30000 RTP/AVP 8\r\n",
        "v=0\r\n\r\nz=0 0\r\nb=AS:64\r\nk=clear:x\r\nc=IN IP4 192.0.2.1\r\ni=x\r\nm=audio 30000 RTP/AVP 8\r\n\r\n",
        "v=0\no=me now 1 IN IP4 host.example\nc=in ip4 192.0.2.1\nm=AUDIO 30000 rtp/avp 8",
        "v=0\r\no=\r\ns=\r\nt=\r\nc=IN  IP4  192.0.2.1\r\nm=audio  30000  RTP/AVP  8\r\n",
    ])
    func isTolerant(_ text: String) throws {
        let description = try SessionDescription(text)
        #expect(description.media.first?.transport == .rtpAVP)
        #expect(throws: Never.self) { _ = try OfferAnswer.answer(description, Local.plain()) }
        #expect(description.text.hasPrefix("v=0\r\no=- "))
    }

    @Test(arguments: [
        ("x", 1), ("v", 1), ("=0", 1), ("s=-\r\nv=0\r\n", 1), ("v=0\r\nC=IN IP4 192.0.2.1\r\n", 2),
        ("v=0\r\nc=IN IP4\r\n", 2), ("v=0\r\nc=ATM IP4 192.0.2.1\r\n", 2), ("v=0\r\nc=IN IP5 192.0.2.1\r\n", 2),
        ("v=0\r\nc=IN IP4 2001:db8::1\r\n", 2), ("v=0\r\nc=IN IP6 192.0.2.1\r\n", 2),
        ("v=0\r\nc=IN IP4 256.0.0.1\r\n", 2), ("v=0\r\nc=IN IP4 1.2.3\r\n", 2), ("v=0\r\nc=IN IP6 ::g\r\n", 2),
        ("v=0\r\nc=IN IP4 /\r\n", 2), ("v=0\r\nm=audio\r\n", 2), ("v=0\r\nm=audio 1 RTP/AVP\r\n", 2),
        ("v=0\r\nm=audio +1 RTP/AVP 8\r\n", 2), ("v=0\r\nm=audio 1/0 RTP/AVP 8\r\n", 2),
        ("v=0\r\nm=audio 1/x RTP/AVP 8\r\n", 2), ("v=0\r\nm=audio 1/2/3 RTP/AVP 8\r\n", 2),
        ("v=0\r\na=\r\n", 2), ("v=0\r\na=:x\r\n", 2), ("v=0\r\na=x\u{00}y\r\n", 2), ("v=0\r\na=x\ry\r\n", 2),
        ("v=0\r\nm=aud\u{E9}o 1 RTP/AVP 8\r\n", 2), ("\r\n\r\n", 1),
    ])
    func refuses(_ text: String, line: Int) {
        #expect(throws: SDPRefusal.malformedLine(line)) { try SessionDescription(text) }
    }

    @Test(arguments: ["v=", "v=1\r\n", "v=0\r\nv=0.1\r\n", "v=00\r\n"])
    func refusesOtherVersions(_ text: String) {
        #expect(throws: SDPRefusal.unsupportedVersion) { try SessionDescription(text) }
    }

    @Test func multicastIsReadWithItsTimeToLive() throws {
        let text = SessionVector.session.replacing("c=IN IP4 192.0.2.1", with: "c=IN IP4 224.2.1.1/127/3")
        #expect(try SessionDescription(text).connection == IPAddress("224.2.1.1").map { .ip($0) })
    }

    /// What is written is read as the same, and every line ends with CR LF.
    @Test func isWrittenAsItIsRead() throws {
        for vector in try SessionVector.all() {
            guard let bytes = try? vector.bytes(), let description = try? SessionDescription(parsing: bytes) else {
                continue
            }
            let written = description.encoded()
            let again = try SessionDescription(parsing: written)
            #expect(again.media == description.media)
            #expect(again.connection == description.connection)
            #expect(again.encoded() == written)
            #expect(written.suffix(2) == [13, 10])
        }
    }

    @Test(arguments: ["a\r\nm=audio 1 RTP/AVP 8", "\u{00}", "a\nb", "\u{7F}"])
    func attributesCannotEndTheirLine(_ text: String) {
        #expect(throws: SDPRefusal.controlCharacter) { try Attribute(name: "x", value: text) }
        #expect(throws: SDPRefusal.controlCharacter) { try Attribute(name: text) }
        #expect(throws: SDPRefusal.controlCharacter) { try Attribute(name: "") }
    }

    @Test(arguments: MediaDirection.allCases)
    func directionsTurnRound(_ direction: MediaDirection) {
        #expect(direction.reversed.reversed == direction)
        #expect(direction.reversed.sends == direction.receives)
        #expect(direction.intersection(.sendrecv) == direction)
        #expect(direction.intersection(.inactive) == .inactive)
    }

    /// Truncated and changed descriptions are read or refused, never trapped on.
    @Test func hostileDescriptionsReturnOrThrow() throws {
        let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20\r\n"
        let text = SessionVector.session + SessionVector.audio.replacing("AVP", with: "SAVP") + crypto
        let bytes = Array(text.utf8)
        let local = try Local.secure()
        for index in bytes.indices {
            var changed = bytes
            for value in [UInt8(0), 10, 13, 32, 47, 58, 61, 45, 57, 124, 255] {
                changed[index] = value
                guard let offer = try? SessionDescription(parsing: changed) else { continue }
                _ = try? OfferAnswer.answer(offer, local)
                _ = try? OfferAnswer.accept(answer: offer, offered: local)
            }
            guard let offer = try? SessionDescription(parsing: Array(bytes[..<index])) else { continue }
            _ = try? OfferAnswer.answer(offer, local)
        }
    }
}
