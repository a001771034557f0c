import Addressing
import CallControl
import Foundation
import JSON
import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Synchronization
import Testing

/// A carrier of our own stack, whose every move a test decides, and a served gateway whose trunk `carrier` leads to it.
struct ScriptedCarrier {
    static let own = "+4930123456"
    static let callee = "+4930700001"
    static let newParty = "+4930700002"

    let workshop: Workshop
    let peer: EndpointPeer
    let gateway: ServedGateway
    let log: String

    /// - Parameters:
    ///   - bot: the arguments of Bots/acting_bot.py, each followed by a comma.
    ///   - trunk: further lines of the trunk.
    ///   - route: further members of the route.
    init(
        over transport: SIPTransportName = .tcp, bot: String, trunk: [String] = [], route: String = ""
    ) async throws {
        self.workshop = try Workshop()
        self.peer = try await EndpointPeer(transport)
        self.log = self.workshop.path("bot.jsonl")
        let authority = try TransportCertificates.shared.get().authorityPath
        let trust = transport == .tls ? ["tls: {authorityFile: \(authority)}"] : []
        let bots = CarrierBench.child("actor", bot, log: self.log)
        self.gateway = try await ServedGateway(
            """
            sip:
              listeners:
                - {transport: tcp, address: 127.0.0.1, port: 0}
            trunks:
              carrier:
                type: sip
                transport: \(transport.rawValue)
                addresses: ["127.0.0.1:\(self.peer.address.port)"]
                number: "\(Self.own)"
                allowedPrefixes: ["+4930"]
                bindAddress: 127.0.0.1
                sources: [127.0.0.1/32]
                pace: {callsPerMinute: 10000}
            \((trust + trunk).joined(separator: "\n").indented(by: 4))
            routes:
              - {trunk: carrier, bot: actor\(route)}
            bots:
            \(bots.indented(by: 2))
            recordings:
              directory: \(self.workshop.path("recordings"))
              freeDiskMiB: 64
            """, in: self.workshop)
    }

    /// Orders a call to the callee and takes its INVITE. Returns the gateway's id of it.
    func order() async throws -> (id: String, call: ScriptedCall) {
        let id = try await self.gateway.place([
            "trunk": "carrier", "to": .string(Self.callee), "bot": "actor",
        ])
        return (id, try await self.nextCall())
    }

    /// The next INVITE of the gateway.
    func nextCall() async throws -> ScriptedCall {
        while let (session, event) = await self.peer.nextEvent() {
            if case .incoming(let invite) = event { return try ScriptedCall(self.peer, session, invite) }
        }
        throw UnexpectedEnd()
    }

    /// The next event of a call for which `take` has a value.
    func next<Value>(_ call: ScriptedCall, _ take: (SessionEvent) throws -> Value?) async throws -> Value {
        while let (session, event) = await self.peer.nextEvent() {
            guard session == call.session else { continue }
            if let value = try take(event) { return value }
        }
        throw UnexpectedEnd()
    }

    /// Waits for the BYE of a call and returns it.
    func bye(of call: ScriptedCall) async throws -> EndReason {
        try await self.next(call) { if case .ended(let reason) = $0 { reason } else { nil } }
    }

    /// Waits until the bot has been told of a step of its transfer.
    func transferStep(_ step: String) async throws -> JSONValue {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let found = CarrierBench.events(in: self.log).first { $0["step"]?.asString == step }
            if let found { return found }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw UnexpectedEnd()
    }

    func close() async {
        await self.peer.endpoint.shutdown()
        try? await self.gateway.program.stop()
        self.workshop.remove()
    }

    struct UnexpectedEnd: Error {}
}

/// One call at the carrier: its session, its side of offer and answer, and its audio.
final class ScriptedCall {
    let session: SessionID
    let invite: IncomingInvite
    let media: MediaPlanePeer
    var negotiation: AudioNegotiation
    private let peer: EndpointPeer

    init(_ peer: EndpointPeer, _ session: SessionID, _ invite: IncomingInvite) throws {
        self.peer = peer
        self.session = session
        self.invite = invite
        self.media = try MediaPlanePeer()
        var random = SystemRandomNumberGenerator()
        self.negotiation = AudioNegotiation(
            address: .loopback, port: self.media.rtpPort, codecs: [.pcma, .pcmu],
            encrypts: invite.path.transport == .tls, using: &random)
    }

    var calledUser: String? { self.invite.request.uri.sip?.user }

    /// Our answer to the INVITE's offer.
    func answerDescription() throws -> [UInt8] {
        try self.negotiation.answer(try #require(self.invite.offer))
    }

    func answer() async throws {
        await self.peer.endpoint.answer(self.session, sdp: try self.answerDescription())
    }

    var remotePort: UInt16 { self.negotiation.negotiated?.remoteRTP.port ?? 0 }

    /// Speaks (a tone of 1 kHz) and listens for a time; returns how much of it was heard as a tone, in frames.
    @discardableResult
    func talk(for time: Duration, speaks: Bool = true) async throws -> Int {
        let before = self.media.heard.count
        let end = ContinuousClock.now + time
        var next = ContinuousClock.now
        while ContinuousClock.now < end {
            if speaks { self.media.sendTone(to: self.remotePort) }
            self.media.receive()
            next += .milliseconds(20)
            try await Task.sleep(until: next, clock: .continuous)
        }
        self.media.receive()
        return toneFrames(inALaw: Array(self.media.heard[before...]))
    }

    /// Both speak and listen for a time; returns how many frames of the other's tone each has heard.
    static func talk(_ first: ScriptedCall, _ second: ScriptedCall, for time: Duration) async throws -> (Int, Int) {
        let before = (first.media.heard.count, second.media.heard.count)
        let end = ContinuousClock.now + time
        var next = ContinuousClock.now
        while ContinuousClock.now < end {
            for call in [first, second] {
                call.media.sendTone(to: call.remotePort)
                call.media.receive()
            }
            next += .milliseconds(20)
            try await Task.sleep(until: next, clock: .continuous)
        }
        return (
            toneFrames(inALaw: Array(first.media.heard[before.0...])),
            toneFrames(inALaw: Array(second.media.heard[before.1...]))
        )
    }

    /// Packets that came in a time.
    func packets(in time: Duration) async throws -> Int {
        self.media.receive()
        let before = self.media.raw.count
        try await self.talk(for: time, speaks: false)
        return self.media.raw.count - before
    }
}
