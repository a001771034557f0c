import Addressing
import BotProtocol
import CallAudio
import Foundation
import MediaPlane
import RTP
import SRTP
import Testing
import Timekeeping

/// What strangers, rubbish and eavesdroppers get of a call over loopback.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MediaPlaneSecurityTests {
    static func keys() throws -> (ours: MasterKey, theirs: MasterKey) {
        let ours = try #require(MasterKey((0..<30).map { _ in UInt8.random(in: 0...255) }))
        let theirs = try #require(MasterKey((0..<30).map { _ in UInt8.random(in: 0...255) }))
        return (ours, theirs)
    }

    /// SRTP both ways: every packet opens at the far end, and nothing on either port is plain.
    @Test func nothingPlainLeavesAnSRTPCall() async throws {
        let desk = try MediaPlaneDesk()
        let keys = try Self.keys()
        let peer = try MediaPlanePeer(keys: (send: keys.theirs, receive: keys.ours))
        let security = WireSecurity(
            profile: .aesCM128HMACSHA1_80, sendKey: keys.ours, receiveKey: keys.theirs)
        let call = try await desk.call(
            to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: MediaPlaneCallTests.echoBot, security: security)
        try await call.awaitEvent { if case .botReady = $0 { true } else { false } }
        call.handle.send(.answered)
        // Long enough for reports: the first is due after 2.5 s give or take half.
        try await MediaPlaneDesk.pace(slots: 300) { _ in
            peer.sendTone(to: call.handle.localRTPPort)
            peer.receive()
        }
        call.handle.send(.stop(.remoteHangup))
        let report = try await call.report()
        peer.receive()

        #expect(peer.unopened == 0)
        #expect(peer.receiver.packets == report.audio.packetsSent)
        #expect(peer.receiver.lost == 0)
        #expect(toneFrames(inALaw: peer.heard) > 200)
        #expect(report.srtpFailures == 0)
        #expect(report.audio.packetsLost == 0)
        #expect(report.audio.packetsReceived == 300)
        // 172 octets of RTP and 10 of tag; a plain compound would parse as one, a BYE included.
        #expect(peer.raw.allSatisfy { $0.count == 182 })
        #expect(peer.rtcpRaw.count >= 2)
        for datagram in peer.rtcpRaw {
            let isPlain = (try? RTCPCompound(datagram.span)) != nil
            #expect(!isPlain)
        }
        try await desk.close()
    }

    /// A third socket sends RTP, replayed SRTP and 10,000 pieces of garbage: it gets no byte, ends nothing, moves nothing.
    @Test func strangerGetsNothing() async throws {
        let desk = try MediaPlaneDesk()
        let keys = try Self.keys()
        let peer = try MediaPlanePeer(keys: (send: keys.theirs, receive: keys.ours))
        let stranger = try MediaPlanePeer()
        let security = WireSecurity(
            profile: .aesCM128HMACSHA1_80, sendKey: keys.ours, receiveKey: keys.theirs)
        let call = try await desk.call(
            to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: MediaPlaneCallTests.echoBot, security: security)
        try await call.awaitEvent { if case .botReady = $0 { true } else { false } }
        call.handle.send(.answered)
        let port = call.handle.localRTPPort
        var captured: [[UInt8]] = []
        try await MediaPlaneDesk.pace(slots: 250) { slot in
            captured.append(peer.sendTone(to: port))
            peer.receive()
            for _ in 0..<40 {
                let length = Int.random(in: 1...200)
                stranger.sendRaw((0..<length).map { _ in UInt8.random(in: 0...255) }, to: port)
            }
            stranger.sendTone(to: port)
            if slot > 10 { stranger.sendRaw(captured[slot - 10], to: port) }
        }
        call.handle.send(.stop(.remoteHangup))
        let report = try await call.report()
        peer.receive()
        stranger.receive()

        #expect(stranger.raw.isEmpty)
        #expect(stranger.rtcpRaw.isEmpty)
        #expect(report.audio.packetsReceived == 250)
        #expect(report.audio.packetsLost == 0)
        #expect(report.srtpFailures >= 480)
        #expect(report.foreignDatagrams + report.srtpFailures >= 10_000)
        #expect(peer.receiver.packets == report.audio.packetsSent)
        #expect(toneFrames(inALaw: peer.heard) > 150)
        try await desk.close()
    }

    /// On a plain call too, a third socket that sends a perfect stream from the first moment gets nothing.
    @Test func strangerGetsNothingOfAPlainCall() async throws {
        let desk = try MediaPlaneDesk()
        let peer = try MediaPlanePeer()
        let stranger = try MediaPlanePeer()
        let call = try await desk.call(to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: nil)
        call.handle.send(.answered)
        try await MediaPlaneDesk.pace(slots: 150) { _ in
            peer.sendTone(to: call.handle.localRTPPort)
            stranger.sendTone(to: call.handle.localRTPPort)
            stranger.sendRaw([0x80, 201, 0, 1, 1, 2, 3, 4], to: call.handle.localRTPPort + 1)
            peer.receive()
        }
        call.handle.send(.stop(.remoteHangup))
        let report = try await call.report()
        stranger.receive()
        #expect(stranger.raw.isEmpty)
        #expect(stranger.rtcpRaw.isEmpty)
        #expect(report.audio.packetsReceived == 150)
        #expect(report.audio.packetsFromStrangers >= 250)
        try await desk.close()
    }
}
