import Addressing
import AudioCodecs
import AudioFiles
import BotProtocol
import CallAudio
import Foundation
import Logging
import MediaPlane
import PCM
import RTP
import Testing
import Timekeeping

/// A session's life: limits, ends, recordings, prompts.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MediaPlaneSessionTests {
    static func directory() throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("media-plane-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    /// Ports run out with an error, and come back when they have rested.
    @Test func portsRunOutAndComeBack() async throws {
        var configuration = MediaPlaneConfiguration()
        configuration.bindAddress = .loopback
        configuration.threads = 1
        configuration.ports = 29_000...29_007
        configuration.portRest = .milliseconds(100)
        configuration.scheduling = .inherited
        let plane = try MediaPlane(configuration, logger: Logger(label: "test"))
        let log = MediaEventLog()
        let handles = try (0..<4).map { _ in
            try plane.open(MediaSessionRequest(callID: "x", events: { log.append($0) }))
        }
        #expect(Set(handles.map(\.localRTPPort)) == [29_000, 29_002, 29_004, 29_006])
        #expect(throws: MediaPlaneError.portsExhausted) {
            _ = try plane.open(MediaSessionRequest(callID: "x", events: { log.append($0) }))
        }
        #expect(plane.gauges.sessions == 4)
        #expect(plane.gauges.sockets == 8)
        for handle in handles { handle.send(.stop(.notAnswered)) }
        for _ in 0..<100 where plane.gauges.sessions > 0 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(log.events.count == 4)
        #expect(plane.gauges.sessions == 0)
        #expect(plane.gauges.portPairs == 0)
        try await Task.sleep(for: .milliseconds(150))
        _ = try plane.open(MediaSessionRequest(callID: "x", events: { log.append($0) }))
        await plane.shutdown()
        #expect(log.events.count == 5)
        #expect(throws: MediaPlaneError.shuttingDown) {
            _ = try plane.open(MediaSessionRequest(callID: "x", events: { log.append($0) }))
        }
    }

    /// A pair that somebody else has bound is skipped.
    @Test func takenPairIsSkipped() async throws {
        let peer = try MediaPlanePeer()
        let even = peer.rtpPort & ~1
        var configuration = MediaPlaneConfiguration()
        configuration.bindAddress = .loopback
        configuration.threads = 1
        configuration.ports = even...(even + 9)
        let plane = try MediaPlane(configuration, logger: Logger(label: "test"))
        let handle = try plane.open(MediaSessionRequest(callID: "x", events: { _ in }))
        #expect(handle.localRTPPort.isMultiple(of: 2))
        #expect(handle.localRTPPort > even)
        await plane.shutdown()
    }

    /// Shutting down ends every session once, connected or not.
    @Test func shutdownEndsEverySessionOnce() async throws {
        let desk = try MediaPlaneDesk()
        let peer = try MediaPlanePeer()
        let connected = try await desk.call(to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: nil)
        let log = MediaEventLog()
        let handle = try desk.plane.open(MediaSessionRequest(callID: "y", events: { log.append($0) }))
        try await desk.close()
        _ = try await connected.report()
        #expect(log.events.count == 1)
        // Commands after the end do nothing, and none of them ends it again.
        handle.send(.answered)
        handle.send(.stop(.failure))
        #expect(log.events.count == 1)
    }

    /// More commands than a session can have before it are refused to their sender; a stop never is.
    @Test func commandsAreBounded() async throws {
        let desk = try MediaPlaneDesk()
        let peer = try MediaPlanePeer()
        let call = try await desk.call(to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: nil)
        let taken = (0..<10_000).map { _ in call.handle.send(.clear) }
        #expect(taken.first == true)
        #expect(taken.contains(false))
        #expect(call.handle.send(.stop(.remoteHangup)))
        #expect(call.handle.send(.stop(.remoteHangup)), "one stop is enough")
        _ = try await call.report()
        try await desk.close()
    }

    @Test func silentFarEndIsTold() async throws {
        let desk = try MediaPlaneDesk()
        let peer = try MediaPlanePeer()
        let call = try await desk.call(
            to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: nil, timeout: .milliseconds(300))
        // A far end that rings may well be silent.
        call.handle.send(.answered)
        try await call.awaitEvent { if case .mediaTimeout = $0 { true } else { false } }
        call.handle.send(.stop(.failure))
        let report = try await call.report()
        #expect(report.stopReason == .failure)
        try await desk.close()
    }

    /// The recording holds what arrived on the left and what was sent on the right, on one clock: a tone that began
    /// 500 ms after the first packet begins there, and its echo through the bot follows.
    @Test func recordingIsAligned() async throws {
        let directory = try Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let desk = try MediaPlaneDesk(recordingsIn: directory)
        let peer = try MediaPlanePeer()
        let call = try await desk.call(
            to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: MediaPlaneCallTests.echoBot, recording: "call-1")
        let opened = ContinuousClock.now
        try await call.awaitEvent { if case .botReady = $0 { true } else { false } }
        call.handle.send(.answered)
        var toneAt: Duration?
        try await MediaPlaneDesk.pace(slots: 100) { slot in
            if slot < 25 {
                peer.send([Int16](repeating: 0, count: 160), to: call.handle.localRTPPort)
            } else {
                if toneAt == nil { toneAt = ContinuousClock.now - opened }
                peer.sendTone(to: call.handle.localRTPPort)
            }
            peer.receive()
        }
        call.handle.send(.stop(.remoteHangup))
        let report = try await call.report()
        let recording = try #require(report.recording)
        #expect(recording.fault == nil)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: recording.path)))
        let left = try #require(Self.onset(in: bytes, channel: 0))
        let right = try #require(Self.onset(in: bytes, channel: 1))
        let expected = SampleRate.hz8000.samples(in: try #require(toneAt))
        // Connect is carried out within a tick of the command.
        #expect(abs(left - expected) <= 160, "left begins at \(left), the tone was sent at \(expected)")
        #expect(right > left)
        #expect(right - left < 8 * 300)
        #expect(recording.duration > .seconds(2))
        try await desk.close()
    }

    /// A recording that cannot begin does not touch the call, and is said in the report.
    @Test func refusedRecordingIsSaid() async throws {
        let directory = try Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let desk = try MediaPlaneDesk(recordingsIn: directory)
        let peer = try MediaPlanePeer()
        let call = try await desk.call(
            to: peer.rtpAddress, rtcp: peer.rtcpAddress, bot: nil, recording: "../escape")
        call.handle.send(.stop(.failure))
        let report = try await call.report()
        #expect(report.recording == nil)
        #expect(report.recordingRefusal != nil)
        try await desk.close()
    }

    /// A bot's prompt is read on its own thread and plays in its place; one that is not there is told.
    @Test func promptsPlayByName() async throws {
        let directory = try Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Self.writeTone(to: directory + "/menu.wav")
        let desk = try MediaPlaneDesk(promptsIn: directory)
        let peer = try MediaPlanePeer()
        let call = try await desk.call(
            to: peer.rtpAddress, rtcp: peer.rtcpAddress,
            bot: MediaPlaneBotTests.prologue + """
                say(command='play', prompt='menu')
                say(command='play', prompt='../menu')
                say(command='mark', name='end')
                while True:
                    kind, body = read()
                    if kind == b'T' and json.loads(body)['event'] == 'mark': say(command='hangup', reason='played')
                """)
        call.handle.send(.answered)
        try await MediaPlaneDesk.pace(slots: 75) { _ in peer.receive() }
        try await call.awaitEvent { if case .botHangup(reason: "played") = $0 { true } else { false } }
        call.handle.send(.stop(.botHangup))
        _ = try await call.report()
        let missing = call.log.events.compactMap { if case .promptMissing(let name, _) = $0 { name } else { nil } }
        #expect(missing == ["../menu"])
        let sounding = peer.heard.filter { $0 != 0xD5 && $0 != 0x55 }
        // A quarter of the samples of this tone are zero.
        #expect(sounding.count >= 2_900)
        #expect(toneFrames(inALaw: peer.heard) >= 22)
        try await desk.close()
    }

    /// The first loud frame of one channel of a stereo WAV file.
    static func onset(in bytes: [UInt8], channel: Int) -> Int? {
        let frames = (bytes.count - 44) / 4
        return (0..<frames).first { frame in
            let low = UInt16(bytes[44 + 4 * frame + 2 * channel])
            let high = UInt16(bytes[45 + 4 * frame + 2 * channel])
            return Int16(bitPattern: low | high << 8).magnitude > 1_000
        }
    }

    /// Half a second of 1 kHz as a WAV file.
    static func writeTone(to path: String) throws {
        var tone = ToneGenerator(frequency: 1_000, level: -12, rate: .hz8000)
        var samples = [Int16](repeating: 0, count: 4_000)
        var span = samples.mutableSpan
        tone.fill(&span)
        func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func half(_ value: UInt16) -> [UInt8] { (0..<2).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var bytes = Array("RIFF".utf8) + word(36 + 8_000) + Array("WAVEfmt ".utf8) + word(16)
        bytes += half(1) + half(1) + word(8_000) + word(16_000) + half(2) + half(16)
        bytes += Array("data".utf8) + word(8_000)
        for sample in samples { bytes += half(UInt16(bitPattern: sample)) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
