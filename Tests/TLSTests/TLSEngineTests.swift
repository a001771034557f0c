import Addressing
import TLS
import Testing
import ThrowawayCertificates

/// Two engines in one process, and engines that meet something else.
@Suite struct TLSEngineTests {
    private let authority: ThrowawayAuthority
    private let configuration: TLSConfiguration

    init() throws {
        self.authority = try ThrowawayAuthority.trusted.get()
        self.configuration = TLSConfiguration(trustAnchors: .only(self.authority.anchor))
    }

    @Test(arguments: [Int.max, 1, 7])
    func carriesMessagesBothWays(chunk: Int) throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        var pair = try TwoEngines(identity, wanted: "SIP.test.", client: self.configuration)
        #expect(pair.client.state == .handshaking)
        #expect(pair.client.verifiedName == nil)
        pair.exchange(chunk: chunk)
        #expect(pair.client.state == .established)
        #expect(pair.server.state == .established)
        #expect(pair.client.verifiedName == .dns("sip.test"))
        #expect(pair.client.negotiated?.hasPrefix("TLSv1.3 ") == true)

        let request = Array("OPTIONS sip:test SIP/2.0\r\n\r\n".utf8)
        let response = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        try pair.client.send(request.span)
        try pair.server.send(response.span)
        pair.exchange(chunk: chunk)
        #expect(pair.heardByServer == request)
        #expect(pair.heardByClient == response)
        #expect(pair.clientError == nil && pair.serverError == nil)
    }

    @Test func nothingMayBeSentBeforeTheHandshake() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        var pair = try TwoEngines(identity, wanted: "sip.test", client: self.configuration)
        let failure = pair.client.failure(sending: [1])
        #expect(failure == .notEstablished)
        pair.exchange()
        try pair.client.send([UInt8]().span)
        let outgoing = pair.client.takeOutgoing()
        #expect(outgoing.isEmpty)
    }

    /// RFC 6066 section 3: a DNS name goes out in the clear as SNI, an address never does.
    @Test func serverNameIndication() throws {
        let context = try TLSContext(.client, self.configuration)
        var byName = try TLSEngine(client: context, connectingTo: ServerName("pstn.in2.exotel.com"))
        let hello = String(decoding: byName.takeOutgoing(), as: UTF8.self)
        #expect(hello.contains("pstn.in2.exotel.com"))
        var byAddress = try TLSEngine(client: context, connectingTo: ServerName("192.0.2.1"))
        let helloByAddress = String(decoding: byAddress.takeOutgoing(), as: UTF8.self)
        #expect(!helloByAddress.contains("192.0.2.1"))
    }

    @Test func closesInGoodOrder() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        var pair = try TwoEngines(identity, wanted: "sip.test", client: self.configuration)
        pair.exchange()
        pair.client.close()
        let failure = pair.client.failure(sending: [1])
        #expect(failure == .notEstablished)
        pair.exchange()
        #expect(pair.server.state == .closedByPeer)
        #expect(pair.serverError == nil)
        try pair.server.endOfInput()
    }

    @Test func theEndOfTheTransport() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        var early = try TwoEngines(identity, wanted: "sip.test", client: self.configuration)
        let failure = early.client.failureAtEndOfInput()
        #expect(failure == .closedDuringHandshake)
        #expect(early.client.state == .failed(.closedDuringHandshake))
        var late = try TwoEngines(identity, wanted: "sip.test", client: self.configuration)
        late.exchange()
        try late.client.endOfInput()
        #expect(late.client.state == .closedByPeer)
    }

    /// What answers on a port that is not a TLS port.
    @Test(arguments: ["SIP/2.0 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail ESMTP\r\n"])
    func aClientMeetsSomethingElse(answer: String) throws {
        let context = try TLSContext(.client, self.configuration)
        var engine = try TLSEngine(client: context, connectingTo: ServerName("sip.test"))
        var plaintext: [UInt8] = []
        let failure = engine.failure(receiving: Array(answer.utf8), into: &plaintext)
        #expect(failure == .peerDoesNotSpeakTLS)
        #expect(plaintext.isEmpty)
    }

    @Test(arguments: ["INVITE sip:a@b SIP/2.0\r\n", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n\r\n"])
    func aServerMeetsSomethingElse(request: String) throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        let context = try TLSContext(.server, TLSConfiguration(identity: identity))
        var engine = try TLSEngine(server: context)
        var plaintext: [UInt8] = []
        let failure = engine.failure(receiving: Array(request.utf8), into: &plaintext)
        #expect(failure == .peerDoesNotSpeakTLS)
        let later = engine.failure(receiving: [0], into: &plaintext)
        #expect(later == .peerDoesNotSpeakTLS)
    }

    /// A ClientHello of TLS 1.1, written by hand: the least version is 1.2.
    @Test func oldVersionsAreRefused() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        var engine = try TLSEngine(server: TLSContext(.server, TLSConfiguration(identity: identity)))
        let body: [UInt8] = [3, 2] + [UInt8](repeating: 7, count: 32) + [0, 0, 4, 0xC0, 0x09, 0x00, 0x2F, 1, 0]
        let handshake: [UInt8] = [1, 0, 0, UInt8(body.count)] + body
        let hello: [UInt8] = [22, 3, 1, 0, UInt8(handshake.count)] + handshake
        var plaintext: [UInt8] = []
        let failure = engine.failure(receiving: hello, into: &plaintext)
        #expect(failure == .protocolFailure(reason: "unsupported protocol"))
        // The alert protocol_version waits for the wire.
        let alert = engine.takeOutgoing()
        #expect(alert.suffix(2) == [2, 70])
    }

    /// A forged record ends the session, and nothing is heard after it.
    @Test func forgedRecordsEndTheSession() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        var pair = try TwoEngines(identity, wanted: "sip.test", client: self.configuration)
        pair.exchange()
        let forged: [UInt8] = [23, 3, 3, 0, 32] + [UInt8](repeating: 0x55, count: 32)
        var plaintext: [UInt8] = []
        let failure = pair.server.failure(receiving: forged, into: &plaintext)
        #expect(failure != nil)
        try pair.client.send([1, 2, 3].span)
        pair.exchange()
        #expect(plaintext.isEmpty && pair.heardByServer.isEmpty)
    }
}
