import Addressing
import BotProtocol
import BotTransports
import CallAudio
import Foundation
import MediaPlane
import RTP
import Testing
import Timekeeping

/// Bots that die, hang, flood and talk nonsense: the call's RTP goes on, memory is bounded, and the owner is told.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MediaPlaneBotTests {
    /// The beginning that all bots here share: framing, and a `ready` when the call starts.
    static let prologue = """
        import sys, os, struct, json, time
        def send(kind, body):
            sys.stdout.buffer.write(kind + struct.pack('>I', len(body)) + body)
            sys.stdout.buffer.flush()
        def say(**command):
            send(b'T', json.dumps(command).encode())
        def read():
            head = sys.stdin.buffer.read(5)
            if len(head) < 5: sys.exit(0)
            return head[:1], sys.stdin.buffer.read(struct.unpack('>I', head[1:])[0])
        read()
        say(command='ready', rate=16000)

        """

    /// Runs a call with `bot` for `slots`, and returns what it came to.
    func run(
        _ bot: String, slots: Int, queue: PlayQueueLimits = PlayQueueLimits()
    ) async throws -> (report: MediaReport, events: [MediaEvent], peer: MediaPlanePeer, gauges: MediaGauges) {
        let desk = try MediaPlaneDesk()
        let peer = try MediaPlanePeer()
        let call = try await desk.call(
            to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: Self.prologue + bot, queue: queue)
        try await call.awaitEvent { if case .botReady = $0 { true } else { false } }
        call.handle.send(.answered)
        try await MediaPlaneDesk.pace(slots: slots) { _ in
            peer.sendTone(to: call.handle.localRTPPort)
            peer.receive()
        }
        call.handle.send(.stop(.remoteHangup))
        let report = try await call.report()
        peer.receive()
        try await desk.close()
        let gauges = desk.plane.gauges
        #expect(peer.receiver.packets == report.audio.packetsSent)
        #expect(peer.receiver.lost == 0)
        #expect(Int(report.audio.packetsSent) >= slots - 2)
        return (report, call.log.events, peer, gauges)
    }

    @Test func killedBotIsToldAndTheCallGoesOn() async throws {
        let call = try await self.run("time.sleep(0.3); os.kill(os.getpid(), 9)", slots: 100)
        let failures = call.events.compactMap { if case .botFailed(let failure) = $0 { failure } else { nil } }
        #expect(failures == [.linkEnded(.killed(signal: 9))])
        #expect(call.report.audio.packetsReceived == 100)
    }

    /// An orderly end is a hang-up, told when the last words have been played.
    @Test func leavingBotIsHeardToTheEnd() async throws {
        let call = try await self.run("send(b'B', struct.pack('<16000h', *[8000] * 16000)); sys.exit(0)", slots: 100)
        let hangups = call.events.filter { if case .botHangup = $0 { true } else { false } }
        #expect(hangups.count == 1)
        #expect(call.report.audio.botAudioHeard == .seconds(1))
        #expect(call.peer.heard.count { $0 != 0xD5 } >= 7_900)
    }

    /// Nobody hangs up who has not come: a bot that leaves before it is ready has failed, however orderly.
    @Test func leavingBeforeReadyIsAFailure() async throws {
        let desk = try MediaPlaneDesk()
        let peer = try MediaPlanePeer()
        let call = try await desk.call(to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: "import sys; sys.exit(0)")
        try await call.awaitEvent { if case .botFailed(.linkEnded) = $0 { true } else { false } }
        call.handle.send(.stop(.failure))
        _ = try await call.report()
        try await desk.close()
    }

    @Test func nonsenseEndsTheBotAndNotTheCall() async throws {
        let call = try await self.run("send(b'T', b'{\"command\": nonsense'); time.sleep(9)", slots: 50)
        let failures = call.events.compactMap { if case .botFailed(let failure) = $0 { failure } else { nil } }
        guard case .protocolViolation? = failures.first else {
            Issue.record("not told as nonsense: \(failures)")
            return
        }
        #expect(failures.count == 1)
    }

    /// A bot that reads nothing loses frames, not the call: they are counted and told once.
    @Test func hangingBotLosesFrames() async throws {
        let call = try await self.run("time.sleep(60)", slots: 400)
        #expect(call.report.botFramesDropped > 50)
        let overflows = call.events.compactMap { if case .botOverflow(let overflow) = $0 { overflow } else { nil } }
        #expect(overflows == [BotOverflow(side: .toBot, dropped: .milliseconds(20))])
        print("pacing beside a hanging bot: p50 \(call.gauges.pacingP50), p99 \(call.gauges.pacingP99)")
    }

    /// A flood as fast as a pipe takes it: the queue is full, the rest is refused and told once, RTP keeps its pace.
    @Test func floodingBotIsBounded() async throws {
        var queue = PlayQueueLimits()
        queue.depth = .seconds(5)
        let call = try await self.run(
            """
            block = b'B' + struct.pack('>I', 32000) + struct.pack('<16000h', *[6000] * 16000)
            while True: os.write(1, block)
            """, slots: 150, queue: queue)
        #expect(call.report.audio.botAudioRefused > .seconds(50))
        let overflows = call.events.count { if case .botOverflow = $0 { true } else { false } }
        #expect(overflows == 1)
        #expect(call.peer.heard.suffix(8_000).allSatisfy { $0 != 0xD5 })
        print("pacing beside a flooding bot: p50 \(call.gauges.pacingP50), p99 \(call.gauges.pacingP99)")
    }

    /// Marks, digits and clears over a real link.
    @Test func marksAndDigitsGoBothWays() async throws {
        let call = try await self.run(
            """
            send(b'B', struct.pack('<8000h', *[7000] * 8000))
            say(command='mark', name='half')
            send(b'B', struct.pack('<80000h', *[7000] * 80000))
            say(command='mark', name='long')
            while True:
                kind, body = read()
                if kind == b'T':
                    event = json.loads(body)
                    if event['event'] == 'mark' and event['name'] == 'half':
                        if event['heard_ms'] == 500: say(command='dtmf', digits='1')
                        say(command='clear')
                    if event['event'] == 'cleared' and event['marks'] == ['long']: say(command='dtmf', digits='2')
            """, slots: 120)
        #expect(call.report.audio.digitsSent == "12")
        #expect(call.report.audio.botAudioCleared >= .milliseconds(4_800))
        #expect(call.peer.events.count { $0.isEnd } == 6)
    }

    /// Prompts that are not there are told some times and then no more, and what is said after them plays.
    @Test func askingForNothingIsToldSomeTimes() async throws {
        let call = try await self.run(
            """
            for _ in range(5000): say(command='play', prompt='nothing')
            time.sleep(0.5)
            send(b'B', struct.pack('<16000h', *[8000] * 16000))
            time.sleep(9)
            """, slots: 150)
        #expect(call.events.count { if case .promptMissing = $0 { true } else { false } } == 16)
        #expect(call.report.audio.botAudioHeard == .seconds(1))
    }
}
