import Addressing
import AudioCodecs
import AudioFiles
import BotDialects
import BotProtocol
import BotTransports
import CallAudio
import Foundation
import Logging
import MediaPlane
import RTP
import Reactor
import SRTP
import Synchronization
import Testing
import Timekeeping

/// A media plane and a connector, as a test uses them.
final class MediaPlaneDesk: Sendable {
    let plane: MediaPlane
    let connector: Connector
    let recordings: RecordingWriter?

    init(recordingsIn directory: String? = nil, promptsIn prompts: String? = nil) throws {
        ProcessSettings.ignoreBrokenPipes()
        var configuration = MediaPlaneConfiguration()
        configuration.bindAddress = .loopback
        configuration.threads = 1
        configuration.ports = 20_000...24_000
        let logger = Logger(label: "test")
        self.recordings = try directory.map {
            var limits = RecordingLimits()
            limits.freeDiskInBytesMin = 1 << 20
            return try RecordingWriter(directory: $0, limits: limits, logger: logger)
        }
        self.plane = try MediaPlane(
            configuration, prompts: try prompts.map { try PromptLibrary(directory: $0) },
            recordings: self.recordings, logger: logger)
        self.connector = try Connector(logger: logger)
    }

    /// Opens a session, starts `bot` (a Python program; nil for none) and connects.
    func call(
        to rtp: TransportAddress, rtcp: TransportAddress, bot: String?, security: WireSecurity? = nil,
        timeout: Duration = .seconds(30), recording: String? = nil, queue: PlayQueueLimits = PlayQueueLimits()
    ) async throws -> MediaPlaneCall {
        let log = MediaEventLog()
        var request = MediaSessionRequest(callID: "test", events: { log.append($0) })
        request.rtpTimeout = timeout
        request.recording = recording.map { RecordingRequest(name: $0) }
        request.playQueue = queue
        let handle = try self.plane.open(request)
        let parameters = WireParameters(
            codec: .pcma, sendPayloadType: .pcma, receivePayloadType: .pcma, telephoneEventSend: .telephoneEvent,
            telephoneEventReceive: .telephoneEvent, remoteRTP: rtp, remoteRTCP: rtcp)
        if let bot {
            let endpoint = BotEndpoint.process(try ProcessEndpoint(arguments: ["python3", "-c", bot]))
            let connected = try await withCheckedThrowingContinuation { continuation in
                self.connector.connect(endpoint, callID: "test") { continuation.resume(with: $0) }
            }
            let start = BotStart(callID: "test", direction: .outbound, from: "1", to: "2")
            handle.send(.attach(connected, dialect: .native, start: start))
        }
        handle.send(.connect(parameters, security: security))
        return MediaPlaneCall(handle: handle, log: log)
    }

    /// Runs `body` once in every 20 ms, on deadlines that do not drift.
    static func pace(slots: Int, _ body: (Int) throws -> Void) async throws {
        let start = ContinuousClock.now
        for slot in 0..<slots {
            try body(slot)
            try await Task.sleep(until: start + .milliseconds(20 * (slot + 1)), clock: .continuous)
        }
    }

    /// Ends the plane, and expects every figure back at zero.
    func close() async throws {
        await self.plane.shutdown()
        let gauges = self.plane.gauges
        #expect(gauges.sessions == 0)
        #expect(gauges.portPairs == 0)
        #expect(gauges.sockets == 0)
        #expect(gauges.bots == 0)
        self.recordings?.shutdown()
        self.connector.shutdown()
    }
}

/// One call of a test.
struct MediaPlaneCall: Sendable {
    let handle: MediaSessionHandle
    let log: MediaEventLog

    struct NotInTime: Error {}

    func awaitEvent(_ isWanted: (MediaEvent) -> Bool) async throws {
        for _ in 0..<500 {
            if self.log.events.contains(where: isWanted) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("no such event among \(self.log.events)")
        throw NotInTime()
    }

    /// The report of `ended`, which must come once and last.
    func report() async throws -> MediaReport {
        try await self.awaitEvent { if case .ended = $0 { true } else { false } }
        let events = self.log.events
        let reports = events.compactMap { if case .ended(let report) = $0 { report } else { nil } }
        #expect(reports.count == 1)
        if case .ended(let report)? = events.last { return report }
        throw NotInTime()
    }
}

/// Events in the order in which they came.
final class MediaEventLog: Sendable {
    private let stored = Mutex<[MediaEvent]>([])

    var events: [MediaEvent] { self.stored.withLock { $0 } }

    func append(_ event: MediaEvent) {
        self.stored.withLock { $0.append(event) }
    }
}
