import Addressing
import CallControl
import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Testing

/// One call that the scripted carrier places to the gateway: its session, its side of offer and answer, and its audio.
final class ScriptedInboundCall {
    let session: SessionID
    let media: MediaPlanePeer
    var negotiation: AudioNegotiation
    private let carrier: ScriptedCarrier

    init(_ carrier: ScriptedCarrier, _ change: (inout OutgoingInvite) -> Void = { _ in }) async throws {
        self.carrier = carrier
        self.media = try MediaPlanePeer()
        var random = SystemRandomNumberGenerator()
        self.negotiation = AudioNegotiation(
            address: .loopback, port: self.media.rtpPort, codecs: [.pcma, .pcmu], encrypts: false, using: &random)
        let port = UInt16(try await carrier.gateway.sipPort("tcp"))
        var call = carrier.peer.call(to: TransportAddress(.loopback, port: port), over: .tcp)
        call.requestURI = try SIPURI(user: ScriptedCarrier.own, host: .ip(.loopback), port: port)
        call.to = NameAddress(uri: call.requestURI)
        call.offer = self.negotiation.makeOffer()
        change(&call)
        self.session = try await carrier.peer.endpoint.invite(call)
    }

    /// The next event of this call for which `take` has a value.
    func next<Value>(_ take: (SessionEvent) throws -> Value?) async throws -> Value {
        while let (session, event) = await self.carrier.peer.nextEvent() {
            guard session == self.session else { continue }
            if let value = try take(event) { return value }
        }
        throw ScriptedCarrier.UnexpectedEnd()
    }

    /// Waits for the answer, takes its description, and returns it.
    @discardableResult
    func answered() async throws -> Response {
        let (response, answer) = try await self.next { event -> (Response, [UInt8])? in
            if case .answered(let response, let answer) = event { (response, answer) } else { nil }
        }
        try self.negotiation.accept(answer: answer)
        return response
    }

    /// Speaks (a tone of 1 kHz) and listens for a time; returns how much of it was heard as a tone, in frames.
    func talk(for time: Duration) async throws -> Int {
        let port = self.negotiation.negotiated?.remoteRTP.port ?? 0
        let before = self.media.heard.count
        let end = ContinuousClock.now + time
        var next = ContinuousClock.now
        while ContinuousClock.now < end {
            self.media.sendTone(to: port)
            self.media.receive()
            next += .milliseconds(20)
            try await Task.sleep(until: next, clock: .continuous)
        }
        self.media.receive()
        return toneFrames(inALaw: Array(self.media.heard[before...]))
    }
}
