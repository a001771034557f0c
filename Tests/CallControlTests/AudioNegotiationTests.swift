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
        let offer = caller.makeOffer()
        #expect(Self.text(offer).contains(encrypts ? "RTP/SAVP 8 0 101" : "RTP/AVP 8 0 101"))
        try caller.accept(answer: try callee.answer(offer))
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
        var caller = Self.side(encrypts: true)
        var callee = Self.side(encrypts: true)
        let first = try callee.answer(caller.makeOffer())
        #expect(try callee.answer(caller.makeOffer()) == first)
        let held = Self.text(caller.makeOffer()).replacing("a=sendrecv", with: "a=sendonly")
        let answer = Self.text(try callee.answer(Array(held.utf8)))
        #expect(answer.contains("a=recvonly"))
        #expect(answer.split(separator: "\r\n").first { $0.hasPrefix("o=") }?.contains(" 2 IN IP4") == true)
        let keys = { (text: String) in text.split(separator: "\r\n").filter { $0.hasPrefix("a=crypto") } }
        #expect(keys(answer) == keys(Self.text(first)))
    }

    /// Our offers list what everybody speaks; of theirs, every suite is taken, and goes on in our own re-INVITE.
    @Test(arguments: CryptoSuite.allCases) func everySuiteIsTaken(_ suite: CryptoSuite) throws {
        var generator = SystemRandomNumberGenerator()
        var caller = AudioNegotiation(
            address: .loopback, port: 20_000, codecs: [.pcma], encrypts: true, offeredSuites: [suite],
            takenSuites: [suite], using: &generator)
        var callee = Self.side(encrypts: true, port: 21_000)
        let suites = { (offer: [UInt8]) in
            Self.text(offer).split(separator: "\r\n").filter { $0.hasPrefix("a=crypto") }
                .compactMap { CryptoSuite(rawValue: String($0.split(separator: " ")[1])) }
        }
        #expect(suites(callee.makeOffer()) == CryptoSuite.common)
        #expect(suites(caller.makeOffer()) == [suite])
        try caller.accept(answer: try callee.answer(caller.makeOffer()))
        let (ours, theirs) = (try #require(caller.negotiated?.security), try #require(callee.negotiated?.security))
        #expect(ours.suite == suite && theirs.suite == suite)
        #expect(ours.sendKey == theirs.receiveKey && ours.receiveKey == theirs.sendKey)
        #expect(ours.sendKey.count == suite.keyLength)
        #expect(suites(callee.makeOffer()).contains(suite))
        try callee.accept(answer: try caller.answer(callee.makeOffer()))
        #expect(callee.negotiated?.security == theirs)
    }

    /// A side that is told to take one suite refuses all others.
    @Test func aSuiteThatIsNotListedIsRefused() throws {
        var generator = SystemRandomNumberGenerator()
        var strict = AudioNegotiation(
            address: .loopback, port: 20_000, codecs: [.pcma], encrypts: true, offeredSuites: [.aeadAES256GCM],
            takenSuites: [.aeadAES256GCM], using: &generator)
        var common = Self.side(encrypts: true)
        let offer = common.makeOffer()
        #expect(throws: SDPRefusal.noUsableCrypto(.unsupportedSuite)) { try strict.answer(offer) }
    }

    @Test func noTwoCallsShareAKey() throws {
        let offers = (0..<20).flatMap { _ in
            var side = Self.side(encrypts: true)
            return Self.text(side.makeOffer()).split(separator: "\r\n").filter { $0.hasPrefix("a=crypto") }
                .map { $0.split(separator: ":").last ?? "" }
        }
        #expect(offers.count == 40 && Set(offers).count == 40)
    }

    /// Plain RTP where SRTP is required, and the other way round, is never met half-way.
    @Test func protectionIsNotNegotiable() {
        var plain = Self.side(encrypts: false)
        var secure = Self.side(encrypts: true)
        let (plainOffer, secureOffer) = (plain.makeOffer(), secure.makeOffer())
        #expect(throws: SDPRefusal.securityRequired) { try secure.answer(plainOffer) }
        #expect(throws: SDPRefusal.securityUnavailable) { try plain.answer(secureOffer) }
    }

    // MARK: Offers within the call

    private static func origin(_ description: [UInt8]) -> Substring? {
        Self.text(description).split(separator: "\r\n").first { $0.hasPrefix("o=") }
    }

    private static func version(_ description: [UInt8]) -> Int? {
        Self.origin(description).flatMap { Int($0.split(separator: " ")[2]) }
    }

    /// Hold and resume by us: the direction changes, keys, ports and the session's number do not.
    @Test(arguments: [true, false]) func holdAndResumeByUs(encrypts: Bool) throws {
        var caller = Self.side(encrypts: encrypts)
        var callee = Self.side(encrypts: encrypts)
        let first = caller.makeOffer()
        try caller.accept(answer: try callee.answer(first))
        let keys = caller.negotiated?.security
        caller.direction = .sendonly
        let hold = caller.makeOffer()
        #expect(Self.text(hold).contains("a=sendonly") && Self.version(hold) == 2)
        #expect(Self.origin(hold)?.split(separator: " ")[1] == Self.origin(first)?.split(separator: " ")[1])
        let answer = try callee.answer(hold)
        #expect(Self.text(answer).contains("a=recvonly") && callee.isHeldByPeer)
        try caller.accept(answer: answer)
        #expect(caller.negotiated?.direction == .sendonly)
        caller.direction = .sendrecv
        let resume = caller.makeOffer()
        #expect(Self.text(resume).contains("a=sendrecv") && Self.version(resume) == 3)
        try caller.accept(answer: try callee.answer(resume))
        #expect(caller.negotiated?.direction == .sendrecv)
        #expect(caller.negotiated?.security == keys, "the rollover counters go on")
    }

    /// An offer of ours waits while the peer's is answered: by what holds, and ours comes after it with a higher version.
    @Test func anOfferThatWaitsHoldsNothingYet() throws {
        var caller = Self.side(encrypts: false)
        var callee = Self.side(encrypts: false)
        try caller.accept(answer: try callee.answer(caller.makeOffer()))
        _ = caller.makeOffer(.sendonly)
        callee.direction = .sendonly
        let answer = try caller.answer(callee.makeOffer())
        #expect(Self.text(answer).contains("a=recvonly"))
        callee.direction = .sendrecv
        let back = try caller.answer(callee.makeOffer())
        #expect(Self.text(back).contains("a=sendrecv") && caller.negotiated?.direction == .sendrecv)
        let hold = caller.makeOffer(.sendonly)
        #expect(try #require(Self.version(hold)) > (try #require(Self.version(back))))
        #expect(Self.text(hold).contains("a=sendonly") && caller.direction == .sendrecv)
        try caller.accept(answer: try callee.answer(hold), to: .sendonly)
        #expect(caller.negotiated?.direction == .sendonly && caller.direction == .sendonly)
    }

    /// Every way in which a peer says hold: the answer's direction fits, and we know of it.
    @Test(arguments: [
        ("a=sendonly", "a=recvonly", true), ("a=inactive", "a=inactive", true), ("a=recvonly", "a=sendonly", false),
    ]) func holdByThePeer(said: String, answered: String, isHold: Bool) throws {
        var peer = Self.side(encrypts: false)
        var side = Self.side(encrypts: false)
        let offer = Self.text(peer.makeOffer())
        _ = try side.answer(Array(offer.utf8))
        let answer = try side.answer(Array(offer.replacing("a=sendrecv", with: said).utf8))
        #expect(Self.text(answer).contains(answered))
        #expect(side.isHeldByPeer == isHold)
        _ = try side.answer(Array(offer.utf8))
        #expect(!side.isHeldByPeer)
    }

    /// RFC 2543's hold: the address 0.0.0.0.
    @Test func holdByTheOldAddress() throws {
        var peer = Self.side(encrypts: false)
        var side = Self.side(encrypts: false)
        let offer = Self.text(peer.makeOffer())
        let held = offer.replacing("c=IN IP4 127.0.0.1", with: "c=IN IP4 0.0.0.0")
        _ = try side.answer(Array(held.utf8))
        #expect(side.isHeldByPeer)
        #expect(side.negotiated?.direction.sends == false)
    }

    /// While both hold, nobody sends; when the peer resumes, our own hold still stands.
    @Test func bothMayHold() throws {
        var peer = Self.side(encrypts: false)
        var side = Self.side(encrypts: false)
        let offer = Self.text(peer.makeOffer())
        side.direction = .sendonly
        let both = try side.answer(Array(offer.replacing("a=sendrecv", with: "a=sendonly").utf8))
        #expect(Self.text(both).contains("a=inactive"))
        let ours = try side.answer(Array(offer.utf8))
        #expect(Self.text(ours).contains("a=sendonly"))
    }

    /// A refused offer's version is used up: the next description that differs has a higher one.
    @Test func aRefusedOfferKeepsTheSession() throws {
        var caller = Self.side(encrypts: true)
        var callee = Self.side(encrypts: true)
        try caller.accept(answer: try callee.answer(caller.makeOffer()))
        let before = caller.negotiated
        caller.direction = .sendonly
        let refused = caller.makeOffer()
        #expect(Self.version(refused) == 2)
        caller.direction = .sendrecv
        #expect(caller.negotiated == before)
        let (next, again) = (caller.makeOffer(), caller.makeOffer())
        #expect(Self.version(next) == 3)
        #expect(Self.version(again) == 3, "and the same description has the same one")
    }

    /// The peer moves to another codec, address and key: all of it is taken over, and our version is not touched by what
    /// our own description does not say.
    @Test func changesOfThePeerAreTakenOver() throws {
        var peer = Self.side(encrypts: true, port: 30_000)
        var moved = Self.side(encrypts: true, port: 31_000)
        var side = Self.side(encrypts: true)
        let first = try side.answer(peer.makeOffer())
        let before = try #require(side.negotiated)
        let second = try side.answer(moved.makeOffer())
        let after = try #require(side.negotiated)
        #expect(after.remoteRTP.port == 31_000)
        #expect(after.security?.receiveKey != before.security?.receiveKey)
        #expect(after.security?.sendKey == before.security?.sendKey, "our key stays, and with it our counter")
        #expect(second == first)
        let narrow = Self.text(moved.makeOffer()).replacing("RTP/SAVP 8 0 101", with: "RTP/SAVP 0 101")
        let third = try side.answer(Array(narrow.utf8))
        #expect(side.negotiated?.codec == .pcmu)
        #expect(Self.version(third) == 2)
    }

    /// A re-INVITE without an offer gets all that we have, not what was chosen last.
    @Test func anOfferlessReinviteGetsAFullOffer() throws {
        var peer = Self.side(encrypts: false)
        var side = Self.side(encrypts: false)
        let answer = try side.answer(peer.makeOffer())
        #expect(Self.text(answer).contains("RTP/AVP 8 101"))
        let offer = side.makeOffer()
        #expect(Self.text(offer).contains("RTP/AVP 8 0 101"))
        #expect(Self.version(offer) == 2)
    }

    /// Streams that we refused keep their places in an offer of ours (RFC 3264 section 8).
    @Test func refusedStreamsKeepTheirPlaces() throws {
        var peer = Self.side(encrypts: false)
        var side = Self.side(encrypts: false)
        let audio = Self.text(peer.makeOffer())
        let offer = audio.replacing("m=audio", with: "m=video 40000 RTP/AVP 96\r\nm=audio")
        _ = try side.answer(Array(offer.utf8))
        side.direction = .sendonly
        let hold = side.makeOffer()
        let media = Self.text(hold).split(separator: "\r\n").filter { $0.hasPrefix("m=") }
        #expect(media.count == 2 && media[0].hasPrefix("m=video 0 ") && media[1].hasPrefix("m=audio 20000 "))
        try side.accept(answer: Array(Self.text(hold).replacing("a=sendonly", with: "a=recvonly").utf8))
        #expect(side.negotiated?.direction == .sendonly)
        let tooFew = SDPRefusal.mediaCountDiffers
        #expect(throws: tooFew) { try side.accept(answer: Array(audio.utf8)) }
    }

    /// PCMA alone, where the carrier takes nothing else; once.
    @Test func theOfferCanBeNarrowedOnce() {
        var side = Self.side(encrypts: false)
        let first = side.makeOffer()
        #expect(Self.version(first) == 1)
        let isNarrower = side.narrow()
        #expect(isNarrower)
        let narrow = side.makeOffer()
        #expect(Self.text(narrow).contains("RTP/AVP 8 101") && Self.version(narrow) == 2)
        let isNarrowerStill = side.narrow()
        #expect(!isNarrowerStill)
    }

    /// A trunk whose digits go by INFO neither offers nor takes telephone events.
    @Test func telephoneEventsAreLeftOutWhereDigitsGoByInfo() throws {
        var generator = SystemRandomNumberGenerator()
        var side = AudioNegotiation(
            address: .loopback, port: 20_000, codecs: [.pcma], encrypts: false, takesTelephoneEvents: false,
            using: &generator)
        #expect(!Self.text(side.makeOffer()).contains("telephone-event"))
        var peer = Self.side(encrypts: false)
        let answer = try side.answer(peer.makeOffer())
        #expect(!Self.text(answer).contains("telephone-event"))
        #expect(side.negotiated?.telephoneEventSend == nil && side.negotiated?.telephoneEventReceive == nil)
    }
}
