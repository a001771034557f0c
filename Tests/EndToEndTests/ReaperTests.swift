import Addressing
import BotTransports
import CallControl
import Logging
import MediaPlane
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Synchronization
import Testing
import Timekeeping
import Trunks

/// What belongs to no call is found, ended and counted; a gateway at work has nothing for the reaper.
@Suite(.timeLimit(.minutes(1)))
struct ReaperTests {
    private struct NoRecords: CallRecordStore {
        func note(_ record: CallRecord) throws(CallRecordStoreError) {}
        func store(_ record: CallRecord) async throws(CallRecordStoreError) {}
    }

    @Test func orphansAreEndedAndCounted() async throws {
        let far = try await EndpointPeer(.tcp)
        let near = try await EndpointPeer(.tcp)
        let desk = try MediaPlaneDesk()
        var services = CallServices(
            endpoint: near.endpoint, router: SessionRouter(), media: desk.plane, connector: desk.connector,
            records: NoRecords(), trunks: [], bots: [], routing: InboundRouting(trunks: [], routes: []),
            sources: ResolvedSources(), health: TrunkHealth(), listeners: [:], localAddress: .loopback, callsMax: 10,
            recordsCalls: false, now: { Instant(nanosecondsSinceOrigin: Self.nanoseconds()) },
            anchor: WallClockAnchor(instant: .origin, sinceEpoch: .zero), watch: { _, _ in },
            logger: Logger(label: "reaper-tests") { _ in SwiftLogNoOpLogHandler() })
        services.reaper.period = .milliseconds(200)
        services.reaper.patience = .milliseconds(600)
        services.reaper.sessionPatience = .milliseconds(600)
        let directory = CallDirectory(services: services)
        let running = Task { await directory.run() }

        // A media session and a SIP session that no call knows.
        let ended = Mutex(false)
        _ = try desk.plane.open(
            MediaSessionRequest(callID: "nobody's") { event in
                if case .ended = event { ended.withLock { $0 = true } }
            })
        _ = try await near.endpoint.invite(near.call(to: far.address, over: .tcp))
        let (incoming, _) = try #require(await far.nextEvent())
        await far.endpoint.ring(incoming)
        #expect(desk.plane.callIDs == ["nobody's"])
        #expect(await near.endpoint.sessionIDs.count == 1)

        let event = try #require(await far.nextDecisiveEvent())
        guard case .failed(let reason) = event else { throw UnexpectedEvent(event) }
        #expect(reason.cause == .cancelledByPeer)
        while !ended.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
        while await !near.endpoint.sessionIDs.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        let reaped = await directory.reaped
        #expect(reaped.media == 1 && reaped.sessions >= 1 && reaped.calls == 0 && reaped.bots == 0)
        #expect(desk.plane.callIDs.isEmpty)

        running.cancel()
        await running.value
        await near.endpoint.shutdown()
        await far.endpoint.shutdown()
        await desk.plane.shutdown()
        desk.connector.shutdown()
    }

    private static func nanoseconds() -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - Self.start).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    private static let start = ContinuousClock.now
}
