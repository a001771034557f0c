import Addressing
import SDP
import Testing

/// Every case of sdp.json against the verdict in this table; a case without a verdict fails the test, and so does a
/// verdict without a case.
struct SessionVectorTests {
    /// What has to come of a description.
    enum Verdict {
        /// Taken, with these results.
        case accepted(Accepted)
        case refused(SDPRefusal)
        /// An answer to an offer of ours that is refused.
        case answerRefused(SDPRefusal)
    }

    struct Accepted {
        var codec = AudioCodecName.pcma
        var payloadType: UInt8 = 8
        var telephoneEvent: UInt8? = 101
        var direction = MediaDirection.sendrecv
        var ptime: Duration = .milliseconds(20)
        var address = "192.0.2.1"
        /// The ports of the answer's `m=` lines.
        var ports: [UInt16] = [20_000]
        var isSecure = false
    }

    /// Which side the gateway plays.
    enum Side {
        case plain
        case secure
    }

    static let verdicts: [String: [(Side, Verdict)]] = [
        "good PCMA": [(.plain, .accepted(Accepted())), (.secure, .refused(.securityRequired))],
        "good LF only": [(.plain, .accepted(Accepted()))],
        "no rtpmap for static PT": [(.plain, .accepted(Accepted(telephoneEvent: nil)))],
        "PCMU only": [(.plain, .accepted(Accepted(codec: .pcmu, payloadType: 0, telephoneEvent: nil)))],
        "only video": [(.plain, .refused(.noAudio))],
        "audio + video": [(.plain, .accepted(Accepted(ports: [20_000, 0])))],
        "audio port 0": [(.plain, .refused(.noAudio))],
        "port 65536": [(.plain, .refused(.malformedLine(6)))],
        "port -1": [(.plain, .refused(.malformedLine(6)))],
        "port 99999999999999999999": [(.plain, .refused(.malformedLine(6)))],
        "port with count 30000/4": [(.plain, .accepted(Accepted()))],
        "hold 0.0.0.0": [(.plain, .accepted(Accepted(direction: .recvonly, address: "0.0.0.0")))],
        "sendonly": [(.plain, .accepted(Accepted(direction: .recvonly)))],
        "inactive": [(.plain, .accepted(Accepted(direction: .inactive)))],
        "multicast c=": [(.plain, .refused(.multicastAddress))],
        "broadcast c=": [(.plain, .refused(.multicastAddress))],
        "loopback c= from outside": [(.plain, .refused(.loopbackAddress))],
        "FQDN in c=": [(.plain, .refused(.nameInsteadOfAddress))],
        "IPv6": [(.plain, .refused(.addressFamilyMismatch))],
        "no c= at all": [(.plain, .refused(.missingConnectionAddress))],
        "c= at media level only": [(.plain, .accepted(Accepted(address: "192.0.2.9")))],
        "no m=": [(.plain, .refused(.noAudio))],
        "empty": [(.plain, .refused(.empty))],
        "v=1": [(.plain, .refused(.unsupportedVersion))],
        "o= missing": [(.plain, .accepted(Accepted()))],
        "garbage line": [(.plain, .refused(.malformedLine(6)))],
        "line without value": [(.plain, .refused(.malformedLine(4)))],
        "one byte": [(.plain, .refused(.malformedLine(1)))],
        "equals only": [(.plain, .refused(.malformedLine(1)))],
        "NUL in s=": [(.plain, .refused(.malformedLine(3)))],
        "rtpmap bad clock": [(.plain, .refused(.noCommonCodec))],
        "rtpmap clock overflow": [(.plain, .refused(.noCommonCodec))],
        "ptime 0": [(.plain, .accepted(Accepted()))],
        "ptime 100000 (CVE-2026-41416 class)": [(.plain, .accepted(Accepted(ptime: .milliseconds(60))))],
        "ptime -20": [(.plain, .accepted(Accepted()))],
        "maxptime 10 ptime 60": [(.plain, .accepted(Accepted(ptime: .milliseconds(10))))],
        "fmtp for unknown PT (AST-2018-002/003 class)": [(.plain, .accepted(Accepted()))],
        "PT 128+": [(.plain, .accepted(Accepted(telephoneEvent: nil)))],
        "PT duplicated": [(.plain, .accepted(Accepted(telephoneEvent: nil)))],
        "PCMA mapped to dynamic 97": [(.plain, .accepted(Accepted(payloadType: 97, telephoneEvent: nil)))],
        "static 8 remapped to opus": [(.plain, .refused(.noCommonCodec))],
        "SAVP good": [
            (.secure, .accepted(Accepted(telephoneEvent: nil, isSecure: true))),
            (.plain, .refused(.securityUnavailable)),
        ],
        "SAVP without crypto": [(.secure, .refused(.noUsableCrypto(nil)))],
        "AVP with crypto (best effort)": [
            (.secure, .refused(.securityRequired)), (.plain, .accepted(Accepted(telephoneEvent: nil))),
        ],
        "SAVP AND AVP twice": [
            (.secure, .accepted(Accepted(telephoneEvent: nil, ports: [20_000, 0], isSecure: true))),
            (.plain, .accepted(Accepted(ports: [0, 20_000]))),
        ],
        "SAVPF + DTLS fingerprint": [
            (.secure, .refused(.unsupportedTransport)), (.plain, .refused(.unsupportedTransport)),
        ],
        "answer with a crypto tag not in the offer": [(.secure, .answerRefused(.cryptoNotOffered))],
        "answer changes suite": [(.secure, .answerRefused(.cryptoNotOffered))],
        "answer downgrades SAVP to AVP": [(.secure, .answerRefused(.transportNotOffered))],
        "answer m-line count differs": [(.plain, .answerRefused(.mediaCountDiffers))],
        "answer picks a codec not offered": [(.plain, .answerRefused(.codecNotOffered))],
        "128 m-lines": [(.plain, .refused(.tooManyMediaDescriptions))],
        "10000 a= lines": [(.plain, .refused(.tooManyAttributes))],
        "1 MiB line": [(.plain, .refused(.tooLong))],
        "4096 PTs on one m=": [(.plain, .refused(.lineTooLong))],
    ]

    @Test func everyCaseHasAVerdict() throws {
        let names = try SessionVector.all().map(\.name)
        #expect(names.count == 55)
        #expect(Set(names) == Set(Self.verdicts.keys))
        #expect(names.count == Set(names).count)
    }

    @Test(arguments: try SessionVector.all().map(\.name))
    func vector(_ name: String) throws {
        let vector = try #require(try SessionVector.all().first { $0.name == name })
        for (side, verdict) in try #require(Self.verdicts[name], "no verdict for \(name)") {
            let local =
                switch side {
                case .plain: try Local.plain()
                case .secure: try Local.secure()
                }
            switch verdict {
            case .accepted(let accepted): try self.check(try vector.bytes(), local, accepted)
            case .refused(let refusal):
                #expect(throws: refusal) {
                    _ = try OfferAnswer.answer(SessionDescription(parsing: vector.bytes()), local)
                }
            case .answerRefused(let refusal):
                let answer = try Self.answer(vector)
                #expect(throws: refusal) { _ = try OfferAnswer.accept(answer: answer, offered: local) }
            }
        }
    }

    /// The answers of the file are written without their session lines.
    private static func answer(_ vector: SessionVector) throws -> SessionDescription {
        let text = try #require(vector.sdp)
        let prefix = "(answer) "
        #expect(text.hasPrefix(prefix))
        return try SessionDescription(SessionVector.session + text.dropFirst(prefix.count))
    }

    private func check(_ bytes: [UInt8], _ local: LocalAudio, _ expected: Accepted) throws {
        let offer = try SessionDescription(parsing: bytes)
        let (answer, negotiated) = try OfferAnswer.answer(offer, local)
        #expect(negotiated.codec == expected.codec)
        #expect(negotiated.sendPayloadType == expected.payloadType)
        #expect(negotiated.receivePayloadType == expected.payloadType)
        #expect(negotiated.telephoneEventSend == expected.telephoneEvent)
        #expect(negotiated.telephoneEventReceive == expected.telephoneEvent)
        #expect(negotiated.direction == expected.direction)
        #expect(negotiated.ptime == expected.ptime)
        #expect(negotiated.remoteRTP.address == IPAddress(expected.address))
        #expect((negotiated.security != nil) == expected.isSecure)
        #expect(answer.media.map(\.port) == expected.ports)
        #expect(answer.media.map(\.kind) == offer.media.map(\.kind))
        #expect(answer.media.map(\.transport) == offer.media.map(\.transport))
        let audio = try #require(answer.media.first { $0.port != 0 })
        #expect(audio.direction == expected.direction)
        #expect(audio.values(of: "crypto").count == (expected.isSecure ? 1 : 0))
        #expect(try SessionDescription(parsing: answer.encoded()) == answer)
    }

    /// The same refusals are answers: 400 or 413 for text that is none, 488 for what cannot be met.
    @Test(arguments: [
        ("port -1", 400), ("garbage line", 400), ("empty", 400), ("no c= at all", 400), ("1 MiB line", 413),
        ("10000 a= lines", 413), ("128 m-lines", 488), ("v=1", 488), ("only video", 488), ("multicast c=", 488),
        ("FQDN in c=", 488), ("static 8 remapped to opus", 488),
    ])
    func statusOfARefusal(_ name: String, status: Int) throws {
        let vector = try #require(try SessionVector.all().first { $0.name == name })
        let refusal = try #require(throws: SDPRefusal.self) {
            _ = try OfferAnswer.answer(SessionDescription(parsing: vector.bytes()), Local.plain())
        }
        #expect(refusal.statusCode == status)
    }

    /// Size is looked at before the text, and lines are counted while they are read.
    @Test(arguments: ["128 m-lines", "10000 a= lines", "1 MiB line", "4096 PTs on one m="])
    func largeDescriptionsAreRefusedSoon(_ name: String) throws {
        let vector = try #require(try SessionVector.all().first { $0.name == name })
        let bytes = try vector.bytes()
        let time = ContinuousClock().measure {
            #expect(throws: SDPRefusal.self) { try SessionDescription(parsing: bytes) }
        }
        #expect(time < .seconds(1))
    }
}
