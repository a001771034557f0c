import Addressing
import BotDialects
import BotProtocol
import BotTransports
import CallAudio
import Foundation
import Logging
import MediaPlane
import PCM
import RTP
import SRTP
import Synchronization
import Testing
import Timekeeping

/// One call's media over loopback sockets, with a bot in a process of its own.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MediaPlaneCallTests {
    /// A bot on stdin/stdout that says what it hears.
    static let echoBot = """
        import sys, struct, json
        def send(kind, body):
            sys.stdout.buffer.write(kind + struct.pack('>I', len(body)) + body)
            sys.stdout.buffer.flush()
        while True:
            head = sys.stdin.buffer.read(5)
            if len(head) < 5: break
            body = sys.stdin.buffer.read(struct.unpack('>I', head[1:])[0])
            if head[:1] == b'B':
                send(b'B', body)
                continue
            event = json.loads(body)
            if event['event'] == 'start':
                send(b'T', json.dumps({'command': 'ready', 'rate': 16000}).encode())
            if event['event'] == 'dtmf':
                send(b'T', json.dumps({'command': 'dtmf', 'digits': event['digit']}).encode())
            if event['event'] == 'stop': break
        """

    @Test func bothWaysThroughAProcessBot() async throws {
        let desk = try MediaPlaneDesk()
        let peer = try MediaPlanePeer()
        let call = try await desk.call(to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: Self.echoBot)
        try await call.awaitEvent { if case .botReady(.hz16000) = $0 { true } else { false } }
        call.handle.send(.answered)
        try await MediaPlaneDesk.pace(slots: 100) { _ in
            peer.sendTone(to: call.handle.localRTPPort)
            peer.receive()
        }
        call.handle.send(.stop(.remoteHangup))
        let report = try await call.report()
        peer.receive()

        #expect(report.audio.packetsReceived == 100)
        #expect(report.audio.packetsLost == 0)
        #expect(report.audio.packetsFromStrangers == 0)
        #expect(report.sendFailures == 0)
        #expect(peer.receiver.lost == 0)
        #expect(peer.receiver.packets == report.audio.packetsSent)
        #expect(toneFrames(inALaw: peer.heard) > 60)
        #expect(report.audio.callerLevel.rmsInDecibels.map { abs($0 + 15) < 3 } == true)
        try await desk.close()
    }
}
